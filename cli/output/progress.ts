import type { WriteStream } from 'node:tty'

const redrawMs = 200

/** A line on a terminal that is drawn again and again. If stderr is not a terminal, nothing is drawn. */
export class Progress {
  readonly #stream: WriteStream | undefined
  #drawnAt = 0
  #isDrawn = false

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream.isTTY ? stream : undefined
  }

  show(text: string): void {
    const now = performance.now()
    if (this.#stream === undefined || now - this.#drawnAt < redrawMs) return
    this.#drawnAt = now
    this.#isDrawn = true
    this.#stream.write(`\r\u001b[2K${text.slice(0, this.#stream.columns - 1)}`)
  }

  /** Removes the line, so that other output can follow. */
  end(): void {
    if (this.#isDrawn) this.#stream?.write('\r\u001b[2K')
    this.#isDrawn = false
  }
}
