import type { Command } from 'commander'
import { openFileSource } from '../../connectors/sources/file-source.ts'
import { type Recording, loadRecording } from '../../connectors/replay-server/recording.ts'
import { paceRecording } from '../../connectors/ingest/pace-recording.ts'
import { dropPath, openReplayServer } from '../../connectors/replay-server/server.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'
import { hostNames } from '../../schemas/asked-host.ts'
import { countFlag, speedupFlag } from '../flags/number-flags.ts'
import { eventTimeOf, sinceParameterOf } from '../flags/event-time.ts'
import { findDataset } from '../flags/find-dataset.ts'
import type { Parts } from '../parts/parts.ts'
import { chosenDatasets, datasetsFlag } from '../flags/datasets-flag.ts'
import type { DatasetsOption } from '../flags/datasets-flag.ts'
import { runCommand } from '../flags/run-command.ts'

type ReplayServerFlags = {
  speedup: string
  port: string
  host: string
  dropEvery?: string
  dataset?: string
}

const examples = `
Examples:
  $ tidemark replay-server recordings/rsvps-2017-03-19.ndjson                 as it happened, on port 9000
  $ tidemark replay-server events.ndjson.gz --speedup 10 --port 0             ten times as fast, on a free port
  $ tidemark replay-server events.ndjson --speedup max --drop-every 500       a bad network: everybody is cut off
                                                                              after each 500 events
Then, elsewhere:
  $ tidemark ingest 'ws://127.0.0.1:9000/2/rsvps?since_mtime=0'               over WebSocket, a message for each event
  $ tidemark ingest 'http://127.0.0.1:9000/2/rsvps?since_mtime=0'             over HTTP, a line for each event
  $ curl -N http://127.0.0.1:9000/2/rsvps                                     to look at it
  $ curl -X POST http://127.0.0.1:9000/drop                                   cuts everybody off, once

The recording begins with the first connection, and runs once. Who comes later joins what plays then, and is sent what came
since a time where the address asks for it: since_ and the name of the event's time, in epoch milliseconds. A connection
stays open when the recording is over.`

export function addReplayServerCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('replay-server')
    .description('serve a recording as a live stream, over HTTP and WebSocket')
    .argument('<file>', 'FILE[.gz] of events, a line each; it is held in memory')
    .option('--speedup <n>', 'this many times faster than recorded, or max', '1')
    .option('--port <port>', 'listen on this port; 0 picks a free one', '9000')
    .option('--host <address>', 'listen on this address', '127.0.0.1')
    .option('--drop-every <n>', 'drop every connection after each n events; repeats do not count')
    .option('--dataset <name>', 'the dataset the recording belongs to')
    .addOption(datasetsFlag())
    .addHelpText('after', examples)
    .action(async (file: string, options: ReplayServerFlags & DatasetsOption) => {
      process.exitCode = await runCommand(env, chosenDatasets(options), (parts) => serveRecording(parts, file, options))
    })
}

async function serveRecording(parts: Parts, file: string, flags: ReplayServerFlags): Promise<void> {
  const dataset = findDataset(parts, flags.dataset)
  const speedup = speedupFlag(flags.speedup)
  const dropEvery =
    flags.dropEvery === undefined ? {} : { dropEvery: countFlag('--drop-every', flags.dropEvery, 1_000_000_000) }
  const port = parsePort(flags.port)
  const recording = await load(parts, file, { dataset, speedup })
  const path = `/2/${dataset.name}s`
  const server = parts.closers.add(
    'replay server',
    await openReplayServer({
      recording,
      host: flags.host,
      port,
      path,
      allowedHosts: hostNames(parts.config.ALLOWED_HOSTS),
      sinceParameter: sinceParameterOf(dataset),
      ...dropEvery,
      onChange: (change, facts) => parts.logger.info(facts, change),
    }),
  )
  const address = `${flags.host.includes(':') ? `[${flags.host}]` : flags.host}:${server.port}`
  const pace = speedup === null ? 'as fast as it goes' : `at ${speedup} times its speed`
  process.stderr.write(`
Serving ${recording.lines.length} events of ${file} ${pace}, from the first connection on:
  http://${address}${path}
  ws://${address}${path}

Try:
  tidemark ingest 'ws://${address}${path}?${sinceParameterOf(dataset)}=0'
  curl -N http://${address}${path}
  curl -X POST http://${address}${dropPath}

`)
  await parts.stopped()
}

async function load(
  parts: Parts,
  file: string,
  { dataset, speedup }: { readonly dataset: DefinedDataset; readonly speedup: number | null },
): Promise<Recording> {
  const timeOf = eventTimeOf(dataset)
  const recording = await loadRecording(openFileSource(file, { lineBytesMax: parts.config.EVENT_BYTES_MAX }), {
    timeOf,
    ...(speedup === null ? {} : { pacer: paceRecording({ timeOf, speedup, now: () => 0 }) }),
    signal: parts.signal,
  })
  if (recording.tooLongCount > 0)
    parts.logger.warn(
      { lines: recording.tooLongCount },
      `longer than ${parts.config.EVENT_BYTES_MAX} bytes, not served`,
    )
  if (recording.lines.length === 0) throw new AppError('SOURCE_FAILED', `${file} holds no events`)
  return recording
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new AppError('USAGE', `--port ${text}: expected a port, 0 to 65535`)
}
