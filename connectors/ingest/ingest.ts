import { type AppendTarget, createAppender } from './append-lines.ts'
import { BackgroundJudge, type Judge, type Judged } from './background-judge.ts'
import { LineBuffer } from './line-buffer.ts'
import type { LineBatch } from '../framing/line-batch.ts'
import { type Pacer, systemClock } from '../waiting/pace.ts'

export type IngestProgress = {
  /** Events taken from the source in this run, each a line or a part of a document; blank lines are not counted. */
  readonly received: number
  /** Those of them that were too long for the log. */
  readonly refused: number
  /** Inputs whose end is missing or cannot be told into events. */
  readonly broken: number
  readonly appended: number
  /** How the dataset's contract judges what was appended, a little behind it; undefined where nobody judges. */
  readonly judged: Judged | undefined
}

/** What is not in the log. */
export type NotTaken = {
  readonly origin: string
  /** What `number` counts. */
  readonly unit: 'line' | 'event'
  /** Of the event that is too long; null for an input that is broken. */
  readonly number: number | null
  /** Why the rest of the input was not taken; null for an event that is too long. */
  readonly broken: string | null
}

/**
 * Once the signal aborts, what was read is appended, and the ingest ends. Of a paced source that can resume, only what was
 * due is: the rest is read again.
 */
export type IngestOptions = AppendTarget & {
  /** Without one, as fast as the log takes them. */
  readonly pacer?: Pacer
  readonly onProgress?: (progress: IngestProgress) => void
  readonly onNotTaken?: (what: NotTaken) => void
  /** Only counted: what is appended does not depend on it. */
  readonly judge?: Judge
  /** So many are judged, from the first on; without it all are. */
  readonly judgedMax?: number
}

/**
 * Appends what the source has, from where the last ingest of it stopped, until the source ends or the signal aborts. The
 * position is committed with the events: an ingest that is killed and started again neither loses nor repeats one, as far
 * as the source can resume. An unreachable log is waited for; reading waits with it.
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
        // Nothing after a line that was left may be appended: the position would be beyond it.
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

/** False where lines were left, to be read again another time. */
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
