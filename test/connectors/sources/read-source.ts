import type { LineBatch } from '../../../connectors/framing/line-batch.ts'
import type { LineSource } from '../../../connectors/sources/line-source.ts'

export type ReadLine = { readonly text: string; readonly number: number; readonly position: string | null }

/** Reads a source to its end, or until `enough` lines were read. */
export async function readSource(source: LineSource, position: string | null = null, enough = Infinity) {
  const stop = new AbortController()
  const lines: ReadLine[] = []
  const tooLong: number[] = []
  let last: string | null = position
  for await (const batch of source.read(position, stop.signal)) {
    lines.push(...linesOf(batch))
    tooLong.push(...batch.tooLong)
    last = batch.positionAfter(batch.last)
    if (lines.length >= enough) stop.abort()
  }
  return { lines, texts: lines.map(({ text }) => text), tooLong, last }
}

function linesOf({ lines, positionAfter }: LineBatch): ReadLine[] {
  return lines.map((line) => ({
    text: Buffer.from(line.bytes).toString(),
    number: line.number,
    position: positionAfter(line),
  }))
}
