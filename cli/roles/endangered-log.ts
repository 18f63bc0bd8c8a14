import type { Logger } from 'pino'
import type { ArchivedPartition } from '../../schemas/formats/archived-chain.ts'
import { endangeredText } from '../../serving/answers/notes.ts'

/** Logs once when offsets may soon be deleted before they are archived, and once when this is over. */
export class EndangeredLog {
  readonly #logger: Logger
  readonly #topic: string
  readonly #warned = new Set<number>()

  constructor(logger: Logger, topic: string) {
    this.#logger = logger
    this.#topic = topic
  }

  note(partitions: ReadonlyMap<number, Pick<ArchivedPartition, 'archived' | 'endangered'>>): void {
    for (const [partition, archived] of partitions) {
      const name = `${this.#topic}/${partition}`
      const isEndangered = archived.endangered > 0n
      if (isEndangered === this.#warned.has(partition)) continue
      if (isEndangered) this.#warned.add(partition)
      else this.#warned.delete(partition)
      if (isEndangered) this.#logger.warn({ partition: name }, endangeredText(name, archived))
      else
        this.#logger.info(
          { partition: name },
          `${name}: the offsets that the log was about to delete are archived or deleted now`,
        )
    }
  }
}
