import type { Kafka } from 'kafkajs'
import { cleanedUp } from '../../schemas/async/clean-up.ts'
import { AppError } from '../../schemas/errors.ts'
import type {
  EventLog,
  Follower,
  LogSlice,
  NewRecord,
  OffsetRange,
  SourcePosition,
  TopicSettings,
} from '../../schemas/ports/log.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import { createKafka, type KafkaAddress } from './client.ts'
import { toAppError } from './errors.ts'
import { followKafka } from './read/follow.ts'
import { readBounds, readMetadata, type TopicOf } from './read/offsets.ts'
import { KafkaProducer } from './write/producer.ts'
import { KafkaReads } from './read/reads.ts'
import { readAging, readTopicSettings } from './retention.ts'
import { readSourcePosition, sourcesTopic } from './write/source-positions.ts'
import { KafkaSourceProducer } from './write/source-producer.ts'
import { refuseLongRecords, requireTopicName } from '../log/limits.ts'
import { createSpreader } from '../log/spread-records.ts'
import { startFollower } from '../log/start-follower.ts'

export type KafkaLogOptions = KafkaAddress & {
  /** Partitions of topics that are created from now on. */
  readonly partitionCount: number
  /** If it is absent, the brokers decide. */
  readonly replicationFactor?: number
  /** Called before each wait with its reason, for people. */
  readonly onRetry?: (message: string) => void
}

/** The broker stamps records with the time of reception. */
const eventTopicConfig = { 'message.timestamp.type': 'LogAppendTime' }
/** Small segments, since Kafka compacts only closed ones, and an ingest reads all that is left when it begins. */
const sourcesTopicConfig = {
  'cleanup.policy': 'compact',
  'segment.bytes': String(16 * 1024 * 1024),
  'segment.ms': '3600000',
  'min.cleanable.dirty.ratio': '0.1',
}
/** How long the number of a topic's partitions is remembered, in milliseconds. */
const partitionsAgeMsMax = 30_000
/** How long a topic's settings are remembered, in milliseconds: they seldom change. */
const settingsAgeMsMax = 10_000

/**
 * The log on topics of a Kafka cluster, 3.1 or later. Kafka's own retention decides what a topic keeps, and `trim` does
 * nothing: set the retention to much more than the time between two batch runs.
 */
export function openKafkaLog(options: KafkaLogOptions): EventLog {
  return new KafkaLog(options)
}

class KafkaLog implements EventLog {
  readonly description: string
  readonly #options: KafkaLogOptions
  readonly #kafka: Kafka
  readonly #reads: KafkaReads
  readonly #producer: KafkaProducer
  readonly #sources = new Map<string, KafkaSourceProducer>()
  readonly #partitionCounts = new Map<string, { readonly count: number; readonly readAt: number }>()
  readonly #settings = new Map<string, { readonly settings: TopicSettings | null; readonly readAt: number }>()
  readonly #followers = new Set<Follower>()
  readonly #spread = createSpreader()
  #hasSources = false
  #closing: Promise<void> | undefined

  constructor(options: KafkaLogOptions) {
    this.description = `Kafka at ${options.brokers.join(',')}`
    this.#options = options
    this.#kafka = createKafka(options)
    this.#reads = new KafkaReads(options)
    this.#producer = new KafkaProducer(this.#kafka)
  }

  async ensureTopic(topic: string): Promise<void> {
    requireTopicName(topic)
    await this.#createTopic(topic, { partitionCount: this.#options.partitionCount, config: eventTopicConfig })
  }

  async identity(topic: string): Promise<string> {
    this.#requireOpen()
    const { clusterId, topicId } = await this.#reads.ask(this.#of(topic), (client) =>
      readMetadata(client, this.#of(topic)),
    )
    return `kafka/${clusterId}/${topic}/${topicId}`
  }

  async settings(topic: string): Promise<TopicSettings | null> {
    this.#requireOpen()
    const known = this.#settings.get(topic)
    const now = performance.now()
    if (known !== undefined && now - known.readAt < settingsAgeMsMax) return known.settings
    const settings = await this.#reads.ask(this.#of(topic), (client) => readTopicSettings(client, this.#of(topic)))
    this.#settings.set(topic, { settings, readAt: now })
    return settings
  }

  async aging(topic: string): Promise<Positions> {
    const settings = await this.settings(topic)
    if (settings === null) return new Map()
    const asked = { settings, nowMs: Date.now() }
    return await this.#reads.ask(this.#of(topic), (client) => readAging(client, this.#of(topic), asked))
  }

  async bounds(topic: string): Promise<ReadonlyMap<number, OffsetRange>> {
    this.#requireOpen()
    return this.#reads.ask(this.#of(topic), (client) => readBounds(client, this.#of(topic)))
  }

  async append(
    topic: string,
    records: readonly NewRecord[],
    source?: SourcePosition,
  ): Promise<ReadonlyMap<number, OffsetRange>> {
    this.#requireOpen()
    refuseLongRecords(records)
    try {
      const byPartition = this.#spread(records, await this.#partitionCount(topic))
      if (source === undefined) return await this.#producer.append(topic, byPartition)
      await this.#ensureSources()
      return await this.#sourceProducer(topic, source.source).append(byPartition, source)
    } catch (error) {
      throw toAppError(error, this.#of(topic))
    }
  }

  async sourcePosition(topic: string, source: string): Promise<string | null> {
    this.#requireOpen()
    await this.#ensureSources()
    try {
      const ingesting = this.#sources.get(`${topic}/${source}`)
      return await (ingesting === undefined ? this.#readPosition(topic, source) : ingesting.position(source))
    } catch (error) {
      throw toAppError(error, this.#of(topic))
    }
  }

  follow(topic: string, from: Positions, onSlice: (slice: LogSlice) => Promise<void>): Follower {
    this.#requireOpen()
    const { onRetry = () => {} } = this.#options
    const follower = startFollower(
      (signal) => followKafka({ address: this.#options, of: this.#of(topic), from, signal, onRetry }),
      onSlice,
    )
    this.#followers.add(follower)
    return follower
  }

  async trim(): Promise<void> {
    this.#requireOpen()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#followers].map((follower) => follower.close()))
    await Promise.all([this.#producer, ...this.#sources.values()].map((producer) => producer.close()))
    await this.#reads.close()
  }

  async #ensureSources(): Promise<void> {
    if (!this.#hasSources) await this.#createTopic(sourcesTopic, { partitionCount: 1, config: sourcesTopicConfig })
    this.#hasSources = true
  }

  async #createTopic(
    topic: string,
    { partitionCount, config }: { readonly partitionCount: number; readonly config: Readonly<Record<string, string>> },
  ): Promise<void> {
    this.#requireOpen()
    const admin = this.#kafka.admin()
    const create = async (): Promise<void> => {
      await admin.connect()
      await admin.createTopics({
        waitForLeaders: true,
        topics: [
          {
            topic,
            numPartitions: partitionCount,
            replicationFactor: this.#options.replicationFactor ?? -1,
            configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
          },
        ],
      })
    }
    await cleanedUp(create, () => admin.disconnect()).catch((error: unknown) => {
      throw toAppError(error, this.#of(topic))
    })
  }

  async #partitionCount(topic: string): Promise<number> {
    const known = this.#partitionCounts.get(topic)
    const now = performance.now()
    if (known !== undefined && now - known.readAt < partitionsAgeMsMax) return known.count
    const { partitions } = await this.#reads.ask(this.#of(topic), (client) => readMetadata(client, this.#of(topic)))
    this.#partitionCounts.set(topic, { count: partitions.length, readAt: now })
    return partitions.length
  }

  #sourceProducer(topic: string, source: string): KafkaSourceProducer {
    const name = `${topic}/${source}`
    const existing = this.#sources.get(name)
    if (existing !== undefined) return existing
    const created = new KafkaSourceProducer(this.#kafka, topic, () => this.#readPosition(topic, source))
    this.#sources.set(name, created)
    return created
  }

  #readPosition(topic: string, source: string): Promise<string | null> {
    const of = this.#of(sourcesTopic)
    return readSourcePosition({ address: this.#options, of, reads: this.#reads }, { topic, source })
  }

  #of(topic: string): TopicOf {
    return { description: this.description, topic }
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw new AppError('CLOSED', `${this.description} is closed.`)
  }
}
