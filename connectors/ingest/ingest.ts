import { type AppendTarget, createAppender } from './append-lines.ts'
import { BackgroundJudge, type Judge, type Judged } from './background-judge.ts'
import { LineBuffer } from './line-buffer.ts'
import type { LineBatch } from '../framing/line-batch.ts'
import { type Pacer, systemClock } from '../waiting/pace.ts'

export type IngestProgress = {
  /** Events taken from the source in this run, each a line or a part of a document; blank lines are not counted. */
  readonly received: number
  /** How many of them were too long for the log. */
  readonly refused: number
  /** Inputs whose end is missing or cannot be split into events. */
  readonly broken: number
  readonly appended: number
  /** What the verdict says of the appended events so far; undefined if nobody judges. */
  readonly judged: Judged | undefined
}

/** An event, or the rest of an input, that is not in the log. */
export type NotTaken = {
  readonly origin: string
  /** What `number` counts. */
  readonly unit: 'line' | 'event'
  /** The number of the event that is too long; null for a broken input. */
  readonly number: number | null
  /** Why the rest of the input was not taken; null for an event that is too long. */
  readonly broken: string | null
}

/**
 * When the signal aborts, the ingest appends what was read and ends. If the source is paced and can resume, it appends
 * only what is due; the next ingest reads the rest again.
 */
export type IngestOptions = AppendTarget & {
  /** Without a pacer, events are appended as fast as the log takes them. */
  readonly pacer?: Pacer
  readonly onProgress?: (progress: IngestProgress) => void
  readonly onNotTaken?: (what: NotTaken) => void
  /** For counting only: all events are appended whatever it says. */
  readonly judge?: Judge
  /** Only this many events, the first ones, are judged; without it all are. */
  readonly judgedMax?: number
}

/**
 * Appends a source's events, from where its last ingest stopped, until the source ends or the signal aborts. The
 * position is committed with the events: an ingest that is killed and started again neither loses nor repeats one, as
 * far as the source can resume. If the log is unreachable, appending and reading wait for it.
 */
export async function ingest(options: IngestOptions): Promise<IngestProgress> {
  const { source, onProgress = () => {} } = options
  const counts = { received: 0, refused: 0, broken: 0, appended: 0 }
  const judging = new BackgroundJudge(options)
  const buffer = new LineBuffer()
  const failed = new AbortController()
  const signal = AbortSignal.any([options.signal, failed.signal])
  const appender = createAppender(options)
  const position = await appender.resume()

  const read = async () => {
    try {
      for await (const batch of source.read(position, signal)) {
        counts.received += batch.lines.length + batch.tooLong.length
        counts.refused += batch.tooLong.length
        if (batch.broken !== undefined) counts.broken += 1
        for (const what of notTaken(batch)) options.onNotTaken?.(what)
        const isWhole = await fill(buffer, batch, { ...options, signal })
        // After a line that was left, nothing more may be appended: the position would skip that line.
        if (!isWhole || failed.signal.aborted) break
      }
    } finally {
      buffer.end()
    }
  }
  const write = async () => {
    try {
      for await (const taken of buffer.batches()) {
        await appender.append(taken)
        counts.appended += taken.records.length
        await judging.add(taken.records)
        onProgress({ ...counts, judged: judging.judged })
      }
    } catch (error) {
      failed.abort()
      throw error
    } finally {
      buffer.drain()
    }
  }
  const [reading, writing] = await Promise.allSettled([read(), write()])
  await judging.end()
  if (writing.status === 'rejected') throw writing.reason
  if (reading.status === 'rejected') throw reading.reason
  return { ...counts, judged: judging.judged }
}

function notTaken({ origin, tooLong, broken, last }: LineBatch): readonly NotTaken[] {
  const unit = last.frame === undefined ? 'line' : 'event'
  const events = tooLong.map((number) => ({ origin, unit, number, broken: null }) as const)
  return broken === undefined ? events : [...events, { origin, unit, number: null, broken }]
}

/** Returns false if it left lines, which the next ingest reads again. */
async function fill(
  buffer: LineBuffer,
  batch: LineBatch,
  { pacer, clock = systemClock, signal }: Pick<IngestOptions, 'pacer' | 'clock' | 'signal'>,
): Promise<boolean> {
  for (const line of batch.lines) {
    if (pacer !== undefined) {
      const waitMs = pacer(line.bytes) - clock.now()
      if (waitMs > 0) await clock.sleep(waitMs, signal)
      if (signal.aborted && batch.positionAfter(line) !== null) return false
    }
    if (buffer.isFull) await buffer.room()
    buffer.add(line, batch)
  }
  buffer.addEnd(batch)
  return true
}
