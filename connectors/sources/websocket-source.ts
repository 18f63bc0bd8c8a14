import { AppError } from '../../schemas/errors.ts'
import { type LineEnd, LineSplitter } from '../../schemas/split-lines.ts'
import { systemAlarm } from '../waiting/alarm.ts'
import type { LineBatch } from '../framing/line-batch.ts'
import type { LineSource, LiveSourceOptions } from './line-source.ts'
import { streamStart } from '../framing/ndjson-stream.ts'
import { Patience } from '../waiting/patience.ts'
import { Since } from './since.ts'
import { type SourceAddress, parseSourceAddress } from './source-address.ts'
import { WebSocketConnection } from './websocket-connection.ts'

const idleMsMaxDefault = 60_000

/**
 * Lines over a WebSocket. Each message holds one or more lines, and the end of a message ends a line. A connection that
 * ends or breaks is replaced, until the signal aborts. If the address has the parameter for it, the source is asked for
 * the events since the newest time heard: some come twice, and none is missing. Otherwise events that are sent while
 * nobody is connected are lost.
 */
export function openWebSocketSource(url: string, options: LiveSourceOptions): LineSource {
  const address = parseSourceAddress(url, options.since?.parameter)
  return { name: address.name, read: (position, signal) => readAddress(address, { ...options, position, signal }) }
}

type Reading = LiveSourceOptions & { readonly position: string | null; readonly signal: AbortSignal }

async function* readAddress(
  address: SourceAddress,
  { position, signal, lineBytesMax, onRetry = () => {}, clock, ...options }: Reading,
): AsyncGenerator<LineBatch> {
  const patience = new Patience(onRetry, signal, clock)
  const since = address.takesSince && options.since !== undefined ? new Since(options.since.timeOf) : undefined
  const resumedNumber = position === null ? undefined : since?.resume(position)
  let after: LineEnd = { ...streamStart, number: resumedNumber ?? 0 }
  while (!signal.aborted) {
    const connection = new WebSocketConnection(address.url(since?.from), {
      headers: address.headers,
      idleMsMax: options.idleMsMax ?? idleMsMaxDefault,
      setAlarm: options.setAlarm ?? systemAlarm,
    })
    try {
      for await (const messages of connection.messages(signal)) {
        patience.reset()
        const batch = splitMessages(messages, { lineBytesMax, after })
        after = batch.last
        yield { ...batch, origin: address.name, positionAfter: since?.hear(batch.lines) ?? (() => null) }
      }
    } finally {
      connection.terminate()
    }
    if (signal.aborted) return
    if (connection.refusal !== undefined)
      throw new AppError('SOURCE_FAILED', `${address.name} ${connection.refusal}.`, { cause: connection.error })
    await patience.wait(`${address.name} ${connection.reason}; connecting again`)
  }
}

function splitMessages(
  messages: readonly Buffer[],
  options: { readonly lineBytesMax: number; readonly after: LineEnd },
): Pick<LineBatch, 'lines' | 'tooLong' | 'last'> {
  const splitter = new LineSplitter(options)
  const results = messages.flatMap((message) => [splitter.push(message), splitter.end()])
  return {
    lines: results.flatMap(({ lines }) => lines),
    tooLong: results.flatMap(({ tooLong }) => tooLong),
    last: splitter.last,
  }
}
