import { Deferred } from '../../schemas/async/deferred.ts'
import { WorkQueue } from '../../schemas/async/work-queue.ts'
import { AppError } from '../../schemas/errors.ts'
import type { EventLog, Follower, LogSlice, OffsetRange } from '../../schemas/ports/log.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { endsOf } from '../../schemas/formats/offset-ranges.ts'
import { hasReached } from '../../schemas/formats/tidemark.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import { openChains } from './chain-end.ts'
import { addSlice, draftFrom, emptyDraft, isOpenedBy } from './chunk-draft.ts'
import type { ChunkDraft } from './chunk-draft.ts'
import { writeChunk } from './write-chunk.ts'

export type ArchiveOptions = {
  readonly log: EventLog
  readonly store: ObjectStore
  /** A session that nobody else uses. */
  readonly session: Session
  readonly topic: string
  readonly workFolder: string
  /** The archiver writes a chunk when it has this many bytes, or when its oldest record has this age. */
  readonly chunkBytesMax: number
  readonly chunkAgeMsMax: number
  readonly onChunk?: (chunk: {
    partition: number
    firstOffset: bigint
    nextOffset: bigint
    recordCount: number
    /** Offsets that the log deleted before they were archived. */
    losses: readonly OffsetRange[]
  }) => void
}

export type Archiver = {
  /** Resolves after `close()`; rejects when archiving ended for any other reason. */
  readonly ended: Promise<void>
  /** Writes chunks of all records that were read so far. */
  roll(): Promise<void>
  /** Per partition, the end of the chain, as far as this archiver knows. */
  positions(): ReadonlyMap<number, bigint>
  /** Stops. Records that are not in a chunk yet are still in the log, for the next archiver. */
  close(): Promise<void>
}

/**
 * Follows the log from the ends of its chains and writes raw chunks. Several archivers may run: each chunk has one
 * winner, and the loser goes on from the chain's new end.
 */
export async function openArchiver(options: ArchiveOptions): Promise<Archiver> {
  return await LogArchiver.open(options)
}

/** Archives all records that the log holds now, then stops. Returns the ends of the chains. */
export async function archiveToEnd(options: ArchiveOptions): Promise<ReadonlyMap<number, bigint>> {
  const target = endsOf(await options.log.bounds(options.topic))
  const archiver = await LogArchiver.open(options, target)
  try {
    await Promise.race([archiver.hasReachedTarget, archiver.ended])
    await archiver.roll()
    return archiver.positions()
  } finally {
    await archiver.close()
  }
}

/**
 * States: it opens, until it knows where the chains end; it follows the log from there; it has ended, because it was closed
 * or because the log, a chunk or the chains failed. The drafts say how far each partition is.
 */
class LogArchiver implements Archiver {
  readonly #options: ArchiveOptions
  readonly #logIdentity: string
  readonly #target: Positions | undefined
  readonly #drafts = new Map<number, ChunkDraft>()
  /** Slices and rolls change drafts, so they run one at a time. */
  readonly #steps = new WorkQueue()
  #follower: Follower | undefined
  #ageTimer: NodeJS.Timeout | undefined
  #isClosed = false
  readonly #end = new Deferred()
  readonly #reached = new Deferred()

  /** `target` is where `hasReachedTarget` is to resolve. */
  static async open(options: ArchiveOptions, target?: Positions): Promise<LogArchiver> {
    const archiver = new LogArchiver(options, await options.log.identity(options.topic), target)
    await archiver.#resume()
    archiver.#follow()
    return archiver
  }

  private constructor(options: ArchiveOptions, logIdentity: string, target: Positions | undefined) {
    this.#options = options
    this.#logIdentity = logIdentity
    this.#target = target
  }

  get ended(): Promise<void> {
    return this.#end.promise
  }

  get hasReachedTarget(): Promise<void> {
    return this.#reached.promise
  }

  #follow(): void {
    const { log, topic } = this.#options
    this.#follower = log.follow(topic, this.positions(), (slice) => this.#step(() => this.#add(slice)))
    this.#follower.ended.then(this.#end.resolve, this.#end.reject)
  }

  #step(work: () => Promise<void>): Promise<void> {
    return this.#steps.add(async () => {
      await work()
      this.#watchAge()
    })
  }

  /** Looks for drafts that have grown old, as long as one holds offsets. */
  #watchAge(): void {
    const { chunkAgeMsMax } = this.#options
    if (this.#isClosed || this.#ageTimer !== undefined || this.#draftsBegunBy(Number.POSITIVE_INFINITY).length === 0)
      return
    this.#ageTimer = setTimeout(
      () => {
        this.#ageTimer = undefined
        void this.#step(() => this.#rollAll(Date.now() - chunkAgeMsMax)).catch(this.#end.reject)
      },
      Math.min(chunkAgeMsMax, 1000),
    )
  }

  positions(): ReadonlyMap<number, bigint> {
    return new Map([...this.#drafts].map(([partition, { firstOffset }]) => [partition, firstOffset]))
  }

  roll(): Promise<void> {
    return this.#step(() => this.#rollAll(Number.POSITIVE_INFINITY))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#ageTimer)
    await this.#follower?.close()
    await this.#steps.idle()
    this.#end.resolve()
  }

  async #add(slice: LogSlice): Promise<void> {
    const draft = this.#drafts.get(slice.partition) ?? (await this.#newPartition(slice.partition))
    if (slice.nextOffset > draft.nextOffset) addSlice(draft, slice)
    if (draft.bytes >= this.#options.chunkBytesMax) await this.#rollDraft(draft)
    this.#noteTarget()
  }

  #noteTarget(): void {
    if (this.#target !== undefined && hasReached(endsOf(this.#drafts), this.#target)) this.#reached.resolve()
  }

  async #newPartition(partition: number): Promise<ChunkDraft> {
    await this.#resume()
    const draft = this.#drafts.get(partition)
    if (draft === undefined)
      throw new AppError(
        'LOG_RECREATED',
        `${this.#options.topic} has a partition ${partition} that its log does not name`,
      )
    return draft
  }

  async #rollAll(begunBy: number): Promise<void> {
    // After a lost race a draft may still have records beyond the winner's chunk.
    for (let [draft] = this.#draftsBegunBy(begunBy); draft !== undefined; [draft] = this.#draftsBegunBy(begunBy))
      await this.#rollDraft(draft)
  }

  /** Drafts that hold offsets, whether of records, gaps or losses, and that were begun by then. */
  #draftsBegunBy(epochMs: number): readonly ChunkDraft[] {
    return [...this.#drafts.values()].filter(
      (draft) => draft.nextOffset > draft.firstOffset && isOpenedBy(draft, epochMs),
    )
  }

  async #rollDraft(draft: ChunkDraft): Promise<void> {
    const { topic, onChunk } = this.#options
    const { partition, firstOffset, nextOffset, records, losses } = draft
    if ((await writeChunk(draft, { ...this.#options, topic, logIdentity: this.#logIdentity })) === 'created') {
      this.#drafts.set(partition, emptyDraft(partition, nextOffset, Date.now()))
      onChunk?.({ partition, firstOffset, nextOffset, recordCount: records.length, losses })
    } else {
      await this.#resume()
    }
  }

  /** Makes drafts start at the ends of their chains. Drops records that another archiver has archived meanwhile. */
  async #resume(): Promise<void> {
    const ends = await openChains(this.#options)
    for (const [partition, end] of ends) {
      const draft = this.#drafts.get(partition)
      if (draft?.firstOffset === end) continue
      this.#drafts.set(partition, draft === undefined ? emptyDraft(partition, end, Date.now()) : draftFrom(draft, end))
    }
    this.#noteTarget()
  }
}
