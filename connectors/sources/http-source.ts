import { z } from 'zod'
import { AppError } from '../../schemas/errors.ts'
import { systemAlarm } from '../waiting/alarm.ts'
import { type HttpAnswer, requestLines } from './http-answer.ts'
import type { EventEnd, LineBatch } from '../framing/line-batch.ts'
import type { LineSource, LiveSourceOptions } from './line-source.ts'
import { readNdjson, streamStart } from '../framing/ndjson-stream.ts'
import { Patience } from '../waiting/patience.ts'
import { type EventBatch, readEvents } from '../framing/read-events.ts'
import { RepeatedAnswer } from './repeated-answer.ts'
import { Since } from './since.ts'
import { type SourceAddress, parseSourceAddress } from './source-address.ts'
import { causeOf, describeFault, refusalOfError } from './source-faults.ts'
import { frames } from '../framing/split-documents.ts'

const idleMsMaxDefault = 60_000

const FilePosition = z.object({
  number: z.int(),
  endByte: z.int(),
  frame: z.enum(frames).optional(),
  version: z.string(),
})
type FilePosition = z.infer<typeof FilePosition>

/**
 * Events over HTTP. An answer with a length, an ETag or a time of change is a file: it is read once, to its end, and
 * resumed at a byte as long as the server reports the same version. Any other answer is a stream of lines. When a
 * stream ends or breaks, an incomplete last line is dropped and the source is asked again, until the signal aborts. A
 * stream that ends by itself and then sends the same bytes again is a file after all, and has been read. If the address
 * has the parameter for it, a stream is asked for the events since the newest time heard: some come twice, and none is
 * missing.
 */
export function openHttpSource(url: string, options: LiveSourceOptions): LineSource {
  const address = parseSourceAddress(url, options.since?.parameter)
  return {
    name: address.name,
    read: (position, signal) => new Reading(address, options, signal).batches(position),
  }
}

class Reading {
  readonly #address: SourceAddress
  readonly #options: LiveSourceOptions
  readonly #signal: AbortSignal
  readonly #patience: Patience
  readonly #since: Since | undefined
  readonly #repeated = new RepeatedAnswer()
  #reached: FilePosition = { ...streamStart, version: '' }

  constructor(address: SourceAddress, options: LiveSourceOptions, signal: AbortSignal) {
    this.#address = address
    this.#options = options
    this.#signal = signal
    this.#patience = new Patience(options.onRetry ?? (() => {}), signal, options.clock)
    this.#since = address.takesSince && options.since !== undefined ? new Since(options.since.timeOf) : undefined
  }

  async *batches(position: string | null): AsyncGenerator<LineBatch> {
    if (position !== null) this.#resume(position)
    while (!this.#signal.aborted) {
      const stop = new AbortController()
      try {
        const answer = await this.#ask(stop)
        yield* this.#read(answer)
        if (answer.version !== null || this.#repeated.isRepeated) return
        await this.#patience.wait(`${this.#address.name} ended its stream; asking again`)
      } catch (error) {
        if (this.#signal.aborted) return
        if (error instanceof AppError) throw error
        const refusal = refusalOfError(error)
        if (refusal !== undefined)
          throw new AppError('SOURCE_FAILED', `${this.#address.name} ${refusal}.`, { cause: causeOf(error) })
        await this.#patience.wait(`${this.#address.name} cannot be read: ${describeFault(error)}`)
      } finally {
        stop.abort()
      }
    }
  }

  #resume(position: string): void {
    const number = this.#since?.resume(position)
    if (number === undefined) this.#reached = FilePosition.safeParse(JSON.parse(position)).data ?? this.#reached
    else this.#reached = { number, endByte: 0, version: '' }
  }

  #ask(stop: AbortController): Promise<HttpAnswer> {
    return requestLines({
      url: this.#address.url(this.#since?.from),
      name: this.#address.name,
      headers: this.#address.headers,
      stop,
      signal: this.#signal,
      idleMsMax: this.#options.idleMsMax ?? idleMsMaxDefault,
      setAlarm: this.#options.setAlarm ?? systemAlarm,
    })
  }

  async *#read({ chunks, version }: HttpAnswer): AsyncGenerator<LineBatch> {
    const isSame = version !== null && version === this.#reached.version
    const after = isSame || version === null ? this.#reached : streamStart
    const { lineBytesMax } = this.#options
    const events =
      version === null
        ? readNdjson(this.#since === undefined ? this.#repeated.news(chunks) : chunks, {
            lineBytesMax,
            after,
            skipBytes: 0,
          })
        : readEvents(chunks, { eventBytesMax: lineBytesMax, after, skipBytes: after.endByte })
    for await (const batch of events) {
      this.#patience.reset()
      this.#reached = { ...batch.last, version: version ?? '' }
      yield { ...batch, origin: this.#address.name, positionAfter: this.#positionsOf(batch, version) }
    }
  }

  #positionsOf({ lines }: Pick<EventBatch, 'lines'>, version: string | null): LineBatch['positionAfter'] {
    if (version === null) return this.#since?.hear(lines) ?? (() => null)
    return ({ number, endByte, frame }: EventEnd) =>
      JSON.stringify({ number, endByte, frame, version } satisfies FilePosition)
  }
}
