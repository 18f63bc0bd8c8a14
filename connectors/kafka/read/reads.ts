import { setTimeout } from 'node:timers/promises'
import { backoffMs } from '../../waiting/backoff.ts'
import { type KafkaAddress, type KafkaClient, openKafkaClient } from '../client.ts'
import { toAppError } from '../errors.ts'
import type { TopicOf } from './offsets.ts'

const triesMax = 5
/** No further try begins after this time. */
const tryingMsMax = 8000

/** Asks Kafka short questions over one shared client, which it opens when needed and replaces after a failure. */
export class KafkaReads {
  readonly #address: KafkaAddress
  #client: Promise<KafkaClient> | undefined

  constructor(address: KafkaAddress) {
    this.#address = address
  }

  /** Repeats the question a few times if Kafka does not answer, then throws LOG_UNREACHABLE. */
  async ask<T>(of: TopicOf, question: (client: KafkaClient) => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    for (let tries = 1; ; tries += 1) {
      this.#client ??= openKafkaClient(this.#address)
      const used = this.#client
      try {
        return await question(await used)
      } catch (error) {
        const failure = toAppError(error, of)
        // Another broker may not know a new topic yet.
        const isDoubtful = failure.code === 'TOPIC_MISSING' && tries === 1
        if (failure.code !== 'LOG_UNREACHABLE' && !isDoubtful) throw failure
        if (this.#client === used && !isDoubtful) await this.close()
        if (tries === triesMax || performance.now() - startedAt > tryingMsMax) throw failure
        await setTimeout(backoffMs(tries))
      }
    }
  }

  async close(): Promise<void> {
    const closing = this.#client
    this.#client = undefined
    const client = await closing?.catch(() => undefined)
    await client?.close()
  }
}
