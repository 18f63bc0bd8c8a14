import type { Positions } from '../schemas/tidemark.ts'
import { latest } from '../schemas/tidemark.ts'
import type { Answer, DatasetStatus, ReadRequest, Reader } from './reader.ts'

/**
 * Answers of a reader that is many processes, each with its own place in the log: an answer covers at least what every
 * answer that was given before it was asked for covered, whichever process gives it. A process that is behind is waited for.
 */
export class ForwardReader implements Reader {
  readonly #reader: Reader
  #covered: ReadRequest['after'] = new Map()

  constructor(reader: Reader) {
    this.#reader = reader
  }

  async read(request: ReadRequest): Promise<Answer> {
    const answer = await this.#reader.read({ ...request, after: latestOfEach(request.after, this.#covered) })
    this.#covered = latestOfEach(this.#covered, coveredBy(answer))
    return answer
  }

  status(): readonly DatasetStatus[] {
    return this.#reader.status()
  }
}

function latestOfEach(a: ReadRequest['after'], b: ReadRequest['after']): ReadRequest['after'] {
  const topics = new Set([...a.keys(), ...b.keys()])
  return new Map([...topics].map((topic) => [topic, latest(a.get(topic) ?? new Map(), b.get(topic) ?? new Map())]))
}

function coveredBy({ asOf }: Answer): ReadRequest['after'] {
  const covered = new Map<string, Positions>()
  for (const { speed } of Object.values(asOf.datasets)) {
    for (const [name, offset] of Object.entries(speed)) {
      const slash = name.lastIndexOf('/')
      const [topic, partition] = [name.slice(0, slash), Number(name.slice(slash + 1))]
      covered.set(topic, latest(covered.get(topic) ?? new Map(), new Map([[partition, BigInt(offset)]])))
    }
  }
  return covered
}
