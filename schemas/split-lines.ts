const [newline, carriageReturn] = [0x0a, 0x0d]
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** `number` counts every line, blank ones too, from 1. `bytes` are the line's without its framing, a view into the body. */
export type BodyLine = { readonly number: number; readonly bytes: Uint8Array }

export type BodyLines = {
  readonly lines: readonly BodyLine[]
  /** The numbers of lines longer than allowed. */
  readonly tooLong: readonly number[]
}

/**
 * `\n` separates lines, one trailing `\r` is framing, blank lines are skipped, a byte order mark at the start is removed;
 * what is between is kept byte for byte. A last line without a newline counts.
 */
export function splitLines(body: Uint8Array, { lineBytesMax }: { readonly lineBytesMax: number }): BodyLines {
  const rest = withoutMark(body)
  const lines: BodyLine[] = []
  const tooLong: number[] = []
  let [start, number] = [0, 0]
  while (start < rest.length) {
    const found = rest.indexOf(newline, start)
    const end = found === -1 ? rest.length : found
    const bytes = rest.subarray(start, rest[end - 1] === carriageReturn && end > start ? end - 1 : end)
    number += 1
    start = end + 1
    if (bytes.length > lineBytesMax) tooLong.push(number)
    else if (bytes.length > 0) lines.push({ number, bytes })
  }
  return { lines, tooLong }
}

/** How many lines `splitLines` would find at most, without making any. */
export function countLines(body: Uint8Array): number {
  let count = 1
  for (let at = body.indexOf(newline); at !== -1; at = body.indexOf(newline, at + 1)) count += 1
  return count
}

/** The bytes after a byte order mark, or all of them. */
export function withoutMark(body: Uint8Array): Uint8Array {
  return byteOrderMark.every((byte, i) => body[i] === byte) ? body.subarray(byteOrderMark.length) : body
}
