import { type AppendTarget, createAppender } from './append-lines.ts'
import { LineBuffer } from './line-buffer.ts'
import type { LineBatch } from './line-source.ts'
import { type Pacer, systemClock } from './pace.ts'

export type IngestProgress = {
  /** Lines taken from the source in this run; blank ones are not counted. */
  readonly received: number
  /** Those of them that were too long for the log. */
  readonly refused: number
  readonly appended: number
}

export type RefusedLine = { readonly origin: string; readonly number: number }

/** Once the signal aborts, what was read is appended, and the ingest ends. */
export type IngestOptions = AppendTarget & {
  /** Without one, as fast as the log takes them. */
  readonly pacer?: Pacer
  readonly onProgress?: (progress: IngestProgress) => void
  readonly onRefused?: (line: RefusedLine) => void
}

/**
 * Appends what the source has, from where the last ingest of it stopped, until the source ends or the signal aborts. The
 * position is committed with the events: an ingest that is killed and started again neither loses nor repeats one, as far
 * as the source can resume. An unreachable log is waited for; reading waits with it.
 */
export async function ingest(options: IngestOptions): Promise<IngestProgress> {
  const { source, onProgress = () => {} } = options
  const counts = { received: 0, refused: 0, appended: 0 }
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
        for (const number of batch.tooLong) options.onRefused?.({ origin: batch.origin, number })
        await fill(buffer, batch, { ...options, signal })
        if (signal.aborted) break
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
        onProgress({ ...counts })
      }
    } catch (error) {
      failed.abort()
      throw error
    } finally {
      buffer.drain()
    }
  }
  const [reading, writing] = await Promise.allSettled([read(), write()])
  if (writing.status === 'rejected') throw writing.reason
  if (reading.status === 'rejected') throw reading.reason
  return counts
}

async function fill(
  buffer: LineBuffer,
  batch: LineBatch,
  { pacer, clock = systemClock, signal }: Pick<IngestOptions, 'pacer' | 'clock' | 'signal'>,
): Promise<void> {
  for (const line of batch.lines) {
    if (pacer !== undefined) {
      const waitMs = pacer(line.bytes) - clock.now()
      if (waitMs > 0) await clock.sleep(waitMs, signal)
    }
    if (signal.aborted) return
    if (buffer.isFull) await buffer.room()
    buffer.add(line, batch)
  }
  buffer.addEnd(batch)
}
