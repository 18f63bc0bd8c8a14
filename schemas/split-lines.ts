const [newline, carriageReturn] = [0x0a, 0x0d]
const byteOrderMark = Uint8Array.from([0xef, 0xbb, 0xbf])
const framingBytesMax = byteOrderMark.length + 1

/** `number` counts every line of the stream, blank ones too, from 1. `endByte` is where the next line begins. */
export type LineEnd = { readonly number: number; readonly endByte: number }

/** `bytes` are those of the line without its framing, a view into the body. */
export type Line = LineEnd & { readonly bytes: Uint8Array }

export type SplitResult = {
  readonly lines: readonly Line[]
  /** The numbers of lines that are longer than allowed. Their bytes are not kept. */
  readonly tooLong: readonly number[]
}

/**
 * `\n` separates lines, one trailing `\r` is framing, blank lines are skipped, a byte order mark at the start is
 * removed; all other bytes are kept. A last line without a newline counts.
 */
export function splitLines(body: Uint8Array, options: { readonly lineBytesMax: number }): SplitResult {
  const splitter = new LineSplitter(options)
  const whole = splitter.push(body)
  const rest = splitter.end()
  return { lines: [...whole.lines, ...rest.lines], tooLong: [...whole.tooLong, ...rest.tooLong] }
}

/** An upper limit of the number of lines that `splitLines` would find, without splitting. */
export function countLines(body: Uint8Array): number {
  let count = 1
  for (let at = body.indexOf(newline); at !== -1; at = body.indexOf(newline, at + 1)) count += 1
  return count
}

/** Splits a stream whose chunks end anywhere. Keeps one incomplete line of at most `lineBytesMax` bytes. */
export class LineSplitter {
  readonly #lineBytesMax: number
  #last: LineEnd
  #held: Uint8Array[] = []
  #heldBytes = 0

  /** `after` is the last line before the first chunk. */
  constructor({
    lineBytesMax,
    after = { number: 0, endByte: 0 },
  }: {
    readonly lineBytesMax: number
    readonly after?: LineEnd
  }) {
    this.#lineBytesMax = lineBytesMax
    this.#last = after
  }

  /** The newest complete line, blank and refused ones included. */
  get last(): LineEnd {
    return this.#last
  }

  push(chunk: Uint8Array): SplitResult {
    const result = { lines: [], tooLong: [] }
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    for (let end = buffer.indexOf(newline); end !== -1; end = buffer.indexOf(newline, start)) {
      this.#complete(buffer.subarray(start, end), 1, result)
      start = end + 1
    }
    this.#hold(buffer.subarray(start))
    return result
  }

  end(): SplitResult {
    const result = { lines: [], tooLong: [] }
    if (this.#heldBytes > 0) this.#complete(new Uint8Array(0), 0, result)
    return result
  }

  #complete(tail: Uint8Array, newlineBytes: number, into: { lines: Line[]; tooLong: number[] }): void {
    this.#hold(tail)
    const [rawBytes, held] = [this.#heldBytes, this.#held]
    this.#heldBytes = 0
    this.#held = []
    const { number, endByte } = this.#last
    this.#last = { number: number + 1, endByte: endByte + rawBytes + newlineBytes }
    if (rawBytes > this.#lineBytesMax + framingBytesMax) {
      into.tooLong.push(number + 1)
      return
    }
    const [only] = held
    const bytes = withoutFraming(held.length === 1 && only !== undefined ? only : Buffer.concat(held), endByte === 0)
    if (bytes.length > this.#lineBytesMax) into.tooLong.push(number + 1)
    else if (bytes.length > 0) into.lines.push({ ...this.#last, bytes })
  }

  #hold(part: Uint8Array): void {
    if (part.length === 0) return
    this.#heldBytes += part.length
    if (this.#heldBytes > this.#lineBytesMax + framingBytesMax) this.#held = []
    else this.#held.push(part)
  }
}

function withoutFraming(bytes: Uint8Array, isFirst: boolean): Uint8Array {
  const unmarked = isFirst ? withoutMark(bytes) : bytes
  return unmarked.at(-1) === carriageReturn ? unmarked.subarray(0, -1) : unmarked
}

/** The body without its byte order mark. */
export function withoutMark(body: Uint8Array): Uint8Array {
  return byteOrderMark.every((byte, i) => body[i] === byte) ? body.subarray(byteOrderMark.length) : body
}
