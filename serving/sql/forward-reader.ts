import type { Positions } from '../../schemas/formats/tidemark.ts'
import { latest } from '../../schemas/formats/tidemark.ts'
import type { Answer, DatasetAsOf, ReplicaStatus, Progress, ReadRequest, Reader } from '../replica/reader.ts'

/**
 * Answers from one of many processes, each with its own position in the log. Every answer covers at least what
 * `replica` and all earlier answers covered when it was asked for; a process that is behind is waited for. A hand-over
 * may drop events that were lost before they were archived: then no process shows them again after another one has
 * dropped them, and a process that still shows them is waited for.
 */
export class ForwardReader implements Reader {
  readonly #reader: Reader
  readonly #replica: Pick<Reader, 'status'> & Pick<Progress, 'attached'>
  #covered: ReadRequest['after'] = new Map()

  constructor(reader: Reader, replica: Pick<Reader, 'status'> & Pick<Progress, 'attached'>) {
    this.#reader = reader
    this.#replica = replica
  }

  async read(request: ReadRequest): Promise<Answer> {
    const shown = latestOfEach(this.#covered, coveredBy(this.#replica.status()))
    const generations = generationsWithLosses(this.#replica.status())
    const after = latestOfEach(request.after, shown)
    const answer = await this.#reader.read({ ...request, after, ...(generations.size === 0 ? {} : { generations }) })
    this.#covered = latestOfEach(this.#covered, coveredBy(Object.values(answer.asOf.datasets)))
    const answered = Object.entries(answer.asOf.datasets).map(([dataset, asOf]) => ({ dataset, ...asOf }))
    // The answer is right and its `as_of` says what it lacks, even if this process cannot follow in time.
    await this.#replica.attached(generationsWithLosses(answered), request.timeoutMs).catch(() => undefined)
    return answer
  }

  status(): readonly ReplicaStatus[] {
    return this.#reader.status()
  }
}

/**
 * Returns the generations of datasets with losses. Every other hand-over changes no answer, so it is not waited for.
 */
function generationsWithLosses(
  statuses: readonly Pick<ReplicaStatus, 'dataset' | 'generation' | 'lost'>[],
): ReadonlyMap<string, number> {
  return new Map(
    statuses.filter(({ lost }) => lost !== undefined).map(({ dataset, generation }) => [dataset, generation]),
  )
}

function latestOfEach(a: ReadRequest['after'], b: ReadRequest['after']): ReadRequest['after'] {
  const topics = new Set([...a.keys(), ...b.keys()])
  return new Map([...topics].map((topic) => [topic, latest(a.get(topic) ?? new Map(), b.get(topic) ?? new Map())]))
}

function coveredBy(datasets: readonly Pick<DatasetAsOf, 'speed'>[]): ReadRequest['after'] {
  const covered = new Map<string, Positions>()
  for (const { speed } of datasets) {
    for (const [name, offset] of Object.entries(speed)) {
      const slash = name.lastIndexOf('/')
      const [topic, partition] = [name.slice(0, slash), Number(name.slice(slash + 1))]
      covered.set(topic, latest(covered.get(topic) ?? new Map(), new Map([[partition, BigInt(offset)]])))
    }
  }
  return covered
}
