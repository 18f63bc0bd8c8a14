import { type LineEnd, LineSplitter, type SplitResult } from '../../schemas/split-lines.ts'

export type NdjsonOptions = {
  readonly lineBytesMax: number
  /** The last line before the stream. */
  readonly after: LineEnd
  /** Bytes at the start of `chunks` to skip, since they were read before. */
  readonly skipBytes: number
}

export type NdjsonBatch = SplitResult & {
  readonly last: LineEnd
  /** True for the last batch. */
  readonly isEnd: boolean
}

export const streamStart: LineEnd = { number: 0, endByte: 0 }

/** Returns the lines of a stream as they become complete. */
export async function* readNdjson(
  chunks: AsyncIterable<Uint8Array>,
  { lineBytesMax, after, skipBytes }: NdjsonOptions,
): AsyncGenerator<NdjsonBatch> {
  const splitter = new LineSplitter({ lineBytesMax, after })
  let toSkip = skipBytes
  for await (const chunk of chunks) {
    const skipped = Math.min(toSkip, chunk.length)
    toSkip -= skipped
    if (skipped < chunk.length) yield { ...splitter.push(chunk.subarray(skipped)), last: splitter.last, isEnd: false }
  }
  yield { ...splitter.end(), last: splitter.last, isEnd: true }
}
