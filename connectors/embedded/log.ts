import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { open } from 'lmdb'
import { AppError, hasCode } from '../../schemas/errors.ts'
import type {
  EventLog,
  Follower,
  LogSlice,
  NewRecord,
  OffsetRange,
  SourcePosition,
  TopicSettings,
} from '../../schemas/ports/log.ts'
import { type Positions, positionOf } from '../../schemas/formats/tidemark.ts'
import { Doorbell } from '../waiting/doorbell.ts'
import { type EmbeddedDatabase, prepareBlocks, readSourcePosition, readTopic, writeBlocks } from './append.ts'
import { CommitWatch } from './commit-watch.ts'
import { identityKey, topicKey } from './keys.ts'
import { freeBytesOf } from './room.ts'
import { readSlice } from './read.ts'
import { encodeTopic } from './topic.ts'
import { trimPartition } from './trim.ts'
import { type GuardedDatabase, write } from './write.ts'
import { refuseLongRecords, requireTopicName } from '../log/limits.ts'
import { makeFolder } from '../disk/make-folder.ts'
import { createSpreader } from '../log/spread-records.ts'
import { startFollower } from '../log/start-follower.ts'
import { syncFolder } from '../disk/sync-folder.ts'
import { WriteGuard } from './write-guard.ts'

export type EmbeddedLogOptions = {
  readonly folder: string
  /** Partitions of topics that are created from now on. A topic keeps the partitions it was created with. */
  readonly partitionCount: number
  /** Address space at the start, not disk or memory. It grows by itself. */
  readonly mapSizeBytes?: number
  readonly now?: () => number
  /** Followers look for commits of other processes this often, in case that the system has not told of one. */
  readonly lookMs?: number
  /** Returns the free bytes of the folder's disk. */
  readonly freeBytes?: (folder: string) => number
  /** Called with a sentence for people when the log could not be written. */
  readonly onUnwritable?: (message: string) => void
}

const lookMsDefault = 5000
/** Where the system does not tell of commits, they are looked for this often. */
const pollMs = 20
const mapSizeBytesDefault = 1024 ** 3

/**
 * A log in an LMDB file. Any number of processes of one machine may append and follow at the same time: LMDB's write
 * lock orders them, and is released when its holder is killed. Not for folders on a network.
 *
 * A commit writes the records, syncs them to disk, and only then writes and syncs the page that makes them visible. So
 * a record is durable before `append` resolves and before any process can read it. This needs `overlappingSync: false`;
 * with `true` neither would hold.
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EventLog> {
  await makeFolder(options.folder)
  const guard = await WriteGuard.open(options.folder)
  const openDatabase = async () =>
    open<Buffer, Buffer>({
      path: options.folder,
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
      // With batching, a failed commit rejects a promise that lmdb gives to nobody.
      eventTurnBatching: false,
      mapSize: options.mapSizeBytes ?? mapSizeBytesDefault,
    })
  const db = await guard.hold(openDatabase)
  const guarded = { db, guard, room: { folder: options.folder, freeBytes: options.freeBytes ?? freeBytesOf } }
  const identity = db.get(identityKey)?.toString() ?? (await createIdentity(guarded))
  await syncFolder(options.folder)
  return new EmbeddedLog(guarded, identity, options)
}

/** Returns the log's identity, which the process that opened it first has created. */
function createIdentity(guarded: GuardedDatabase): Promise<string> {
  return write(guarded, 0, () => {
    const existing = guarded.db.get(identityKey)?.toString()
    if (existing !== undefined) return existing
    const created = randomUUID()
    guarded.db.putSync(identityKey, Buffer.from(created))
    return created
  })
}

class EmbeddedLog implements EventLog {
  readonly description: string
  readonly #guarded: GuardedDatabase
  readonly #db: EmbeddedDatabase
  readonly #identity: string
  readonly #options: EmbeddedLogOptions
  readonly #now: () => number
  readonly #spread = createSpreader()
  readonly #committed = new Doorbell()
  readonly #commits: CommitWatch
  readonly #followers = new Set<Follower>()
  #closing: Promise<void> | undefined

  constructor(guarded: GuardedDatabase, identity: string, options: EmbeddedLogOptions) {
    this.description = `embedded log at ${options.folder}`
    this.#guarded = guarded
    this.#db = guarded.db
    this.#identity = identity
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#commits = new CommitWatch(options.folder, () => this.#committed.ring())
  }

  async ensureTopic(topic: string): Promise<void> {
    requireTopicName(topic)
    const partition = { firstOffset: 0n, nextOffset: 0n, timestamp: 0n }
    const created = encodeTopic(Array.from({ length: this.#options.partitionCount }, () => partition))
    this.#requireOpen()
    this.#db.resetReadTxn()
    // Look before writing, so that a full disk does not matter if the topic exists.
    if (this.#db.get(topicKey(topic)) !== undefined) return
    await this.#write(created.length, () => {
      if (this.#db.get(topicKey(topic)) === undefined) this.#db.putSync(topicKey(topic), created)
    })
  }

  async identity(topic: string): Promise<string> {
    this.#read(topic)
    return `embedded/${this.#identity}/${topic}`
  }

  /** The log stamps all records, and only `trim` deletes any. */
  async settings(topic: string): Promise<TopicSettings> {
    this.#read(topic)
    return { stampedBy: 'log', retentionMs: null, retentionBytes: null }
  }

  async aging(topic: string): Promise<Positions> {
    this.#read(topic)
    return new Map()
  }

  async bounds(topic: string): Promise<ReadonlyMap<number, OffsetRange>> {
    return new Map(
      this.#read(topic).map(({ firstOffset, nextOffset }, partition) => [partition, { firstOffset, nextOffset }]),
    )
  }

  async append(
    topic: string,
    records: readonly NewRecord[],
    source?: SourcePosition,
  ): Promise<ReadonlyMap<number, OffsetRange>> {
    refuseLongRecords(records)
    const blocks = prepareBlocks(this.#spread(records, this.#read(topic).length))
    const bytes = blocks.reduce((sum, block) => sum + block.bytes.length, 0)
    const ranges = await this.#write(bytes, () =>
      writeBlocks(this.#db, topic, { blocks, now: BigInt(this.#now()), source }),
    )
    this.#committed.ring()
    return ranges
  }

  async sourcePosition(topic: string, source: string): Promise<string | null> {
    this.#read(topic)
    return readSourcePosition(this.#db, topic, source)
  }

  follow(topic: string, from: Positions, onSlice: (slice: LogSlice) => Promise<void>): Follower {
    const follower = startFollower((signal) => this.#slices(topic, from, signal), onSlice)
    this.#followers.add(follower)
    return follower
  }

  async trim(topic: string, before: Positions, olderThanMs: number): Promise<void> {
    this.#read(topic)
    this.#db.readerCheck()
    const receivedUntil = BigInt(Math.floor(this.#now() - olderThanMs))
    for (const [partition, limit] of before) {
      await trimPartition(this.#guarded, topic, { partition, before: limit, receivedUntil })
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#followers].map((follower) => follower.close()))
    this.#commits.close()
    await this.#db.close()
    await this.#guarded.guard.close()
  }

  /**
   * Appends of this process wake it at once, those of other processes when the system tells of them.
   */
  async *#slices(topic: string, from: Positions, signal: AbortSignal): AsyncGenerator<LogSlice> {
    const positions = new Map(from)
    const partitionCount = this.#read(topic).length
    while (!signal.aborted) {
      let hasDelivered = false
      for (let partition = 0; partition < partitionCount && !signal.aborted; partition += 1) {
        const slice = readSlice(this.#db, topic, { partition, position: positionOf(positions, partition) })
        if (slice === null) continue
        hasDelivered = true
        positions.set(partition, slice.nextOffset)
        yield slice
        // During a backlog nothing in this loop waits for I/O. Without this turn, timers and sockets would starve.
        await setImmediate()
      }
      const { lookMs = lookMsDefault } = this.#options
      if (!hasDelivered) await this.#committed.wait(signal, this.#commits.isWatching ? lookMs : pollMs)
    }
  }

  #read(topic: string) {
    this.#requireOpen()
    this.#db.resetReadTxn()
    return readTopic(this.#db, topic)
  }

  async #write<T>(bytes: number, change: () => T): Promise<T> {
    this.#requireOpen()
    try {
      return await write(this.#guarded, bytes, change)
    } catch (error) {
      if (hasCode(error, 'LOG_UNREACHABLE')) this.#options.onUnwritable?.(error.message)
      throw error
    }
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw new AppError('CLOSED', `The ${this.description} is closed.`)
  }
}
