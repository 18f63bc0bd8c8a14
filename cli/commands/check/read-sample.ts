import type { LineSource } from '../../../connectors/sources/line-source.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { Parts } from '../../parts/parts.ts'
import { openSource, sourceForms } from '../ingest/open-source.ts'

/** A sample is held in memory. */
const sampleBytesMax = 64 * 1024 * 1024

export type Sample = {
  readonly lines: readonly Uint8Array[]
  /** True if the source has more than was read. */
  readonly isCut: boolean
  /** What of the source was not taken, in sentences. */
  readonly notes: readonly string[]
}

/** Reads the first events of a source, however it frames them. Throws SOURCE_FAILED if it has none. */
export async function readSample(parts: Parts, name: string, eventsMax: number): Promise<Sample> {
  const lineBytesMax = parts.config.EVENT_BYTES_MAX
  const onRetry = (message: string): void => parts.logger.warn(message)
  const source = openSource(name, { lineBytesMax, onRetry, s3: parts.s3Address() })
  if (source === null) throw new AppError('USAGE', `${name}: sources are ${sourceForms}`)
  const sample = await readFirst(source, { eventsMax, lineBytesMax, signal: parts.signal })
  if (sample.lines.length === 0)
    throw new AppError(
      'SOURCE_FAILED',
      `${name}: there are no events in it${sample.notes.map((note) => `; ${note}`).join('')}`,
    )
  return sample
}

type Reading = { readonly eventsMax: number; readonly lineBytesMax: number; readonly signal: AbortSignal }

async function readFirst(source: LineSource, { eventsMax, lineBytesMax, signal }: Reading): Promise<Sample> {
  const lines: Uint8Array[] = []
  const notes: string[] = []
  let [bytes, tooLong] = [0, 0]
  let isCut = false
  for await (const batch of source.read(null, signal)) {
    tooLong += batch.tooLong.length
    if (batch.broken !== undefined) notes.push(batch.broken)
    for (const line of batch.lines) {
      isCut = lines.length >= eventsMax || bytes + line.bytes.length > sampleBytesMax
      if (isCut) break
      bytes += line.bytes.length
      // A view would keep the whole chunk that it was read with.
      lines.push(line.bytes.slice())
    }
    if (isCut) break
  }
  signal.throwIfAborted()
  if (tooLong > 0) notes.push(`${tooLong} longer than ${lineBytesMax} bytes, not taken`)
  return { lines, isCut, notes }
}
