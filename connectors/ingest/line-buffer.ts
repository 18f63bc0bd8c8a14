import type { NewRecord } from '../../schemas/ports/log.ts'
import type { Line } from '../../schemas/split-lines.ts'
import type { EventEnd, LineBatch } from '../framing/line-batch.ts'

const pendingLinesMax = 5000
const pendingBytesMax = 4 * 1024 * 1024

export type TakenLines = { readonly records: readonly NewRecord[]; readonly position: string | null }

/**
 * Holds lines between the reader of a source and the writer of a log. The writer takes all lines as soon as its last
 * append is done: it appends a slow source line by line, and a fast one in large batches.
 */
export class LineBuffer {
  #records: NewRecord[] = []
  #bytes = 0
  #reached: { readonly batch: LineBatch; readonly line: EventEnd } | undefined
  #isEnded = false
  #isDrained = false
  #wakeReader = () => {}
  #wakeWriter = () => {}

  get isFull(): boolean {
    return this.#records.length >= pendingLinesMax || this.#bytes >= pendingBytesMax
  }

  add(line: Line, batch: LineBatch): void {
    this.#records.push({ key: null, value: line.bytes })
    this.#bytes += line.bytes.length
    this.#reached = { batch, line }
    this.#wakeWriter()
  }

  /** Says that the batch is complete, also the blank and refused lines at its end. */
  addEnd(batch: LineBatch): void {
    this.#reached = { batch, line: batch.last }
    this.#wakeWriter()
  }

  /** Says that no more lines will come. */
  end(): void {
    this.#isEnded = true
    this.#wakeWriter()
  }

  /** Says that nobody takes lines any more. */
  drain(): void {
    this.#isDrained = true
    this.#wakeReader()
  }

  async room(): Promise<void> {
    while (this.isFull && !this.#isDrained) {
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve
      })
    }
  }

  async *batches(): AsyncGenerator<TakenLines> {
    while (true) {
      if (this.#reached !== undefined) yield this.#take(this.#reached)
      else if (this.#isEnded) return
      else {
        await new Promise<void>((resolve) => {
          this.#wakeWriter = resolve
        })
      }
    }
  }

  #take({ batch, line }: { readonly batch: LineBatch; readonly line: EventEnd }): TakenLines {
    const taken = { records: this.#records, position: batch.positionAfter(line) }
    this.#records = []
    this.#bytes = 0
    this.#reached = undefined
    this.#wakeReader()
    return taken
  }
}
