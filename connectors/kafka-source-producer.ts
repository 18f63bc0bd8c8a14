import { createHash } from 'node:crypto'
import type { Kafka, Producer, Transaction } from 'kafkajs'
import { AppError } from '../schemas/errors.ts'
import type { NewRecord, OffsetRange, SourcePosition } from '../schemas/log.ts'
import { cutIntoParts, firstOffsets, joinRanges, toBatch } from './kafka-send.ts'
import { sourceRecord, sourcesTopic } from './kafka-source-positions.ts'
import { takeRounds } from './take-rounds.ts'

const transactionMsMax = 30_000
const retry = { retries: 8, initialRetryTime: 20, maxRetryTime: 2000 } as const

/**
 * Appends the records of one source, each call with its position in one transaction. The transactional id is made of topic
 * and source: the first append fences whoever ingested the same source before, and ends what they had open.
 *
 * new -> fenced and positioned (open) -> new again after any failure: what is committed then is asked, not remembered.
 */
export class KafkaSourceProducer {
  readonly #kafka: Kafka
  readonly #topic: string
  readonly #readPosition: () => Promise<string | null>
  #open: { readonly producer: Producer; committed: string | null } | undefined
  #last: Promise<unknown> = Promise.resolve()
}
