import { createHash } from 'node:crypto'
import type { Kafka, Producer, Transaction } from 'kafkajs'
import { WorkQueue } from '../../../schemas/async/work-queue.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { NewRecord, OffsetRange, SourcePosition } from '../../../schemas/ports/log.ts'
import { cutIntoParts, firstOffsets, joinRanges, type Part, toBatch } from './send.ts'
import { sourceRecord, sourcesTopic } from './source-positions.ts'

/** Kafka aborts the transaction of a dead producer after this time, and readers of positions wait that long. */
const transactionMsMax = 15_000
const retry = { retries: 8, initialRetryTime: 20, maxRetryTime: 2000 } as const

type Records = ReadonlyMap<number, readonly NewRecord[]>
type Open = { readonly producer: Producer; transaction: Transaction | null; committed: string | null }

/**
 * Appends the records of one source to a topic, each call with its position in one transaction. The transactional id is
 * made of source and topic: the first append fences an earlier ingest of the same source and ends its open transaction.
 * Only then it reads the committed position. After a failure all of this is done again; the committed position is read,
 * never remembered.
 */
export class KafkaSourceProducer {
  readonly #kafka: Kafka
  readonly #topic: string
  readonly #readPosition: () => Promise<string | null>
  #open: Open | undefined
  readonly #calls = new WorkQueue()

  constructor(kafka: Kafka, topic: string, readPosition: () => Promise<string | null>) {
    this.#kafka = kafka
    this.#topic = topic
    this.#readPosition = readPosition
  }

  /** Appends run one at a time, in the order of the calls. */
  append(byPartition: Records, source: SourcePosition): Promise<Map<number, OffsetRange>> {
    return this.#calls.add(() => this.#append(byPartition, source))
  }

  /** The committed position. After a failure it first ends the open transaction, which hides what is behind it. */
  position(source: string): Promise<string | null> {
    return this.#calls.add(async () => {
      if (this.#open !== undefined) return this.#readPosition()
      this.#open = await this.#start(source)
      return this.#open.committed
    })
  }

  async close(): Promise<void> {
    await this.#calls.idle()
    await this.#drop()
  }

  async #append(byPartition: Records, source: SourcePosition): Promise<Map<number, OffsetRange>> {
    try {
      this.#open ??= await this.#start(source.source)
      const { producer, transaction, committed } = this.#open
      if (committed !== source.previous) throw hasMoved(this.#topic, source, committed)
      const ranges = await this.#transact(transaction ?? (await producer.transaction()), byPartition, source)
      this.#open = { producer, transaction: null, committed: source.position }
      return ranges
    } catch (error) {
      await this.#drop()
      throw error
    }
  }

  async #transact(
    transaction: Transaction,
    byPartition: Records,
    { source, position }: SourcePosition,
  ): Promise<Map<number, OffsetRange>> {
    try {
      const ranges: (readonly [number, OffsetRange])[] = []
      for (const round of intoRounds(cutIntoParts(byPartition))) {
        const sent = firstOffsets(this.#topic, await transaction.sendBatch(toBatch(this.#topic, round)))
        ranges.push(...round.map((part) => [part.partition, rangeOf(part, sent)] as const))
      }
      // Last, so that readers of other sources' positions wait for this transaction as short as possible.
      await transaction.send({ topic: sourcesTopic, acks: -1, messages: [sourceRecord(this.#topic, source, position)] })
      await transaction.commit()
      return joinRanges(ranges)
    } catch (error) {
      // If this fails too, Kafka aborts it after its time, or when the next producer of the source begins.
      if (transaction.isActive()) await transaction.abort().catch(() => undefined)
      throw error
    }
  }

  async #start(source: string): Promise<Open> {
    const id = createHash('sha256').update(source).digest('hex').slice(0, 32)
    const producer = this.#kafka.producer({
      idempotent: true,
      transactionalId: `tidemark-${this.#topic}-${id}`,
      transactionTimeout: transactionMsMax,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry,
    })
    try {
      await producer.connect()
      // Connecting does not fence yet; this does. The position that is read next stays, or the transaction fails.
      const transaction = await producer.transaction()
      return { producer, transaction, committed: await this.#readPosition() }
    } catch (error) {
      await producer.disconnect()
      throw error
    }
  }

  async #drop(): Promise<void> {
    const dropped = this.#open
    this.#open = undefined
    await dropped?.producer.disconnect()
  }
}

function hasMoved(topic: string, { source, previous }: SourcePosition, committed: string | null): AppError {
  return new AppError(
    'SOURCE_FAILED',
    `Another ingest of ${source} into ${topic} has moved on. Let only one run at a time.`,
    {
      details: { committed, previous },
    },
  )
}

/** Orders parts in rounds, each with at most one part per partition. */
function intoRounds(parts: readonly Part[]): Part[][] {
  const rounds: Part[][] = []
  const next = new Map<number, number>()
  for (const part of parts) {
    const round = next.get(part.partition) ?? 0
    next.set(part.partition, round + 1)
    ;(rounds[round] ??= []).push(part)
  }
  return rounds
}

function rangeOf({ partition, records }: Part, sent: ReadonlyMap<number, bigint>): OffsetRange {
  const firstOffset = sent.get(partition)
  if (firstOffset === undefined) throw new Error(`Kafka did not say where it put records of partition ${partition}`)
  return { firstOffset, nextOffset: firstOffset + BigInt(records.length) }
}
