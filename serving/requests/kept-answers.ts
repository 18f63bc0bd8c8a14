import { jsonBytes } from '../replica/json-values.ts'
import type { Answer, ReadRequest } from '../replica/reader.ts'

/** What an answer depends on, beside the state of its dataset. */
export type Asked = Pick<ReadRequest, 'sql' | 'params' | 'view' | 'rowsMax'>

const answersMax = 64
const [rowsMax, bytesMax] = [1000, 256 * 1024]

/**
 * The answers of one dataset at its state of this moment, those that are still computed included. A state is an object
 * that is replaced by another one whenever an answer may change.
 */
export class KeptAnswers {
  #state: object | null = null
  readonly #answers = new Map<string, Promise<Answer>>()

  /** Returns the answer to the same request at this state, if it is there or being computed. */
  find(state: object, asked: Asked): Promise<Answer> | undefined {
    this.#enter(state)
    return this.#answers.get(keyOf(asked))
  }

  /** Keeps an answer whose computation began at this state, until it turns out to have failed or to be long. */
  keep(state: object, asked: Asked, answer: Promise<Answer>): void {
    this.#enter(state)
    if (this.#answers.size >= answersMax) return
    const key = keyOf(asked)
    const drop = (): void => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key)
    }
    this.#answers.set(key, answer)
    answer.then((kept) => isLong(kept) && drop(), drop)
  }

  #enter(state: object): void {
    if (state !== this.#state) this.#answers.clear()
    this.#state = state
  }
}

/** True for answers that are not worth their memory. */
export function isLong({ rows }: Answer): boolean {
  if (rows.length > rowsMax) return true
  let bytes = 0
  return rows.some((row) => (bytes += jsonBytes(row)) > bytesMax)
}

function keyOf({ sql, params, view, rowsMax: rows }: Asked): string {
  const cells = JSON.stringify(params, (_name, cell: unknown) => {
    if (typeof cell === 'bigint') return { integer: String(cell) }
    if (typeof cell === 'number') return { number: Object.is(cell, -0) ? '-0' : String(cell) }
    return cell
  })
  return `${view} ${rows} ${cells} ${sql}`
}
