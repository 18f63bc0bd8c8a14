import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { eventTimeOf, sinceParameterOf } from '../../../cli/flags/event-time.ts'
import type { Recording } from '../../../connectors/replay-server/recording.ts'
import {
  type ReplayServer,
  type ReplayServerOptions,
  openReplayServer,
} from '../../../connectors/replay-server/server.ts'

export const since = { parameter: sinceParameterOf(rsvp), timeOf: eventTimeOf(rsvp) }

/** Lines that are due at once. */
export function recordingOf(lines: readonly Uint8Array[]): Recording {
  let newest = 0
  return {
    lines,
    newest: lines.map((line) => (newest = Math.max(newest, since.timeOf(line) ?? 0))),
    dueMs: lines.map(() => 0),
    tooLongCount: 0,
  }
}

export async function serveRecording(
  recording: Recording,
  options: Partial<ReplayServerOptions> = {},
): Promise<ReplayServer & { readonly http: string; readonly ws: string }> {
  const server = await openReplayServer({
    recording,
    host: '127.0.0.1',
    port: 0,
    path: '/2/rsvps',
    allowedHosts: [],
    sinceParameter: since.parameter,
    ...options,
  })
  const address = `127.0.0.1:${server.port}/2/rsvps`
  return {
    port: server.port,
    get sentCount() {
      return server.sentCount
    },
    dropAll: () => server.dropAll(),
    close: () => server.close(),
    http: `http://${address}`,
    ws: `ws://${address}`,
  }
}
