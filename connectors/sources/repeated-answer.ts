/** So much of an answer is remembered. No live source begins alike for as long. */
const rememberedBytesMax = 1024 * 1024

/**
 * Tells a file whose server says nothing of it from a live source: asked again, it answers with the same bytes. An answer is
 * compared with the one before, where that one ended by itself.
 */
export class RepeatedAnswer {
  #before: Uint8Array = new Uint8Array(0)
  #isRepeated = false

  /** Whether the last answer was the one before it once more. An empty answer never is: there may be more later. */
  get isRepeated(): boolean {
    return this.#isRepeated
  }

  /** Hands on the answer as soon as it is another one than before; of the same one, nothing. */
  async *news(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const before = this.#before
    this.#before = new Uint8Array(0)
    const start: Uint8Array[] = []
    let startBytes = 0
    let held: Uint8Array[] | null = before.length === 0 ? null : []
    for await (const chunk of chunks) {
      const part = chunk.subarray(0, rememberedBytesMax - startBytes)
      const isSame = Buffer.compare(part, before.subarray(startBytes, startBytes + part.length)) === 0
      // An empty view would hold the whole chunk.
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
