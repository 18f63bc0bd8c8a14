import type { Kafka, Producer } from 'kafkajs'
import type { NewRecord, OffsetRange } from '../../../schemas/ports/log.ts'
import { batchBytesMax, cutIntoParts, firstOffsets, joinRanges, type Part, toBatch } from './send.ts'

type QueuedPart = {
  readonly topic: string
  readonly part: Part
  readonly call: { hasFailed: boolean }
  readonly resolve: (range: OffsetRange) => void
  readonly reject: (error: unknown) => void
}

/** kafkajs repeats for about five seconds. Its idempotent producer makes that harmless. */
const retry = { retries: 6, initialRetryTime: 50, maxRetryTime: 2000 } as const

/**
 * Appends with an idempotent producer that waits for all replicas. One request runs at a time. Records that arrive
 * meanwhile go with the next one, so many small appends cost no more than a few large ones.
 */
export class KafkaProducer {
  readonly #kafka: Kafka
  #producer: Promise<Producer> | undefined
  #waiting: QueuedPart[] = []
  #sending: Promise<void> | undefined

  constructor(kafka: Kafka) {
    this.#kafka = kafka
  }

  async append(
    topic: string,
    byPartition: ReadonlyMap<number, readonly NewRecord[]>,
  ): Promise<Map<number, OffsetRange>> {
    const call = { hasFailed: false }
    const parts = cutIntoParts(byPartition)
    const ranges = parts.map(
      (part) =>
        new Promise<readonly [number, OffsetRange]>((resolve, reject) => {
          this.#waiting.push({ topic, part, call, resolve: (range) => resolve([part.partition, range]), reject })
        }),
    )
    this.#sending ??= this.#sendAll()
    try {
      return joinRanges(await Promise.all(ranges))
    } finally {
      call.hasFailed = true
    }
  }

  /** Sends waiting records first. */
  async close(): Promise<void> {
    await this.#sending
    await this.#drop()
  }

  async #sendAll(): Promise<void> {
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const round = this.#takeRound()
      await this.#send(round).catch(async (error: unknown) => {
        for (const { call, reject } of round) {
          call.hasFailed = true
          reject(error)
        }
        this.#waiting = this.#waiting.filter(({ call }) => !call.hasFailed)
        // Nobody knows whether the last batch is in the log, so its sequence numbers cannot be used again.
        await this.#drop()
      })
    }
    this.#sending = undefined
  }

  /** Takes parts of one topic, at most one per partition, in order. */
  #takeRound(): QueuedPart[] {
    const topic = this.#waiting[0]?.topic
    const bytes = new Map<number, number>()
    const round: QueuedPart[] = []
    const rest: QueuedPart[] = []
    for (const waiting of this.#waiting) {
      const { partition, bytes: partBytes } = waiting.part
      const before = bytes.get(partition) ?? 0
      if (waiting.topic !== topic || (before > 0 && before + partBytes > batchBytesMax)) {
        rest.push(waiting)
        if (waiting.topic === topic) bytes.set(partition, Infinity)
      } else {
        round.push(waiting)
        bytes.set(partition, before + partBytes)
      }
    }
    this.#waiting = rest
    return round
  }

  async #send(round: readonly QueuedPart[]): Promise<void> {
    const topic = round[0]?.topic ?? ''
    this.#producer ??= connect(this.#kafka)
    const producer = await this.#producer
    const sent = await producer.sendBatch(
      toBatch(
        topic,
        round.map(({ part }) => part),
      ),
    )
    const nextOffsets = firstOffsets(topic, sent)
    for (const { part, resolve } of round) {
      const firstOffset = nextOffsets.get(part.partition)
      if (firstOffset === undefined) throw new Error(`Kafka did not answer for ${topic}/${part.partition}`)
      const nextOffset = firstOffset + BigInt(part.records.length)
      nextOffsets.set(part.partition, nextOffset)
      resolve({ firstOffset, nextOffset })
    }
  }

  async #drop(): Promise<void> {
    const dropped = this.#producer
    this.#producer = undefined
    const producer = await dropped?.catch(() => undefined)
    await producer?.disconnect()
  }
}

async function connect(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, retry })
  await producer.connect()
  return producer
}
