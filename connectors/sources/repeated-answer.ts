/** How much of an answer is kept for comparison. Two answers of a live source are never equal for so long. */
const rememberedBytesMax = 1024 * 1024

/**
 * Tells a file, whose server does not say that it is one, from a live source: asked again, the server sends the same
 * bytes. Compares an answer with the one before, if that ended by itself.
 */
export class RepeatedAnswer {
  #before: Uint8Array = new Uint8Array(0)
  #isRepeated = false

  /** True if the last answer equals the one before. An empty answer never counts, because events may come later. */
  get isRepeated(): boolean {
    return this.#isRepeated
  }

  /** Yields the answer as soon as it differs from the one before; nothing of an equal one. */
  async *news(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const before = this.#before
    this.#before = new Uint8Array(0)
    const start: Uint8Array[] = []
    let startBytes = 0
    let held: Uint8Array[] | null = before.length === 0 ? null : []
    for await (const chunk of chunks) {
      const part = chunk.subarray(0, rememberedBytesMax - startBytes)
      const isSame = Buffer.compare(part, before.subarray(startBytes, startBytes + part.length)) === 0
      // An empty view would keep the whole chunk in memory.
      if (part.length > 0) start.push(part)
      startBytes += part.length
      held?.push(chunk)
      if (held === null) yield chunk
      else if (!isSame) {
        yield* held
        held = null
      } else if (startBytes === rememberedBytesMax) {
        this.#isRepeated = true
        return
      }
    }
    this.#before = Buffer.concat(start)
    this.#isRepeated = held !== null && startBytes === before.length
    if (held !== null && !this.#isRepeated) yield* held
  }
}
