import { Deferred } from '../schemas/async/deferred.ts'
import type { EventLog, Follower, LogSlice } from '../schemas/ports/log.ts'
import type { SpeedProgress } from '../schemas/ports/speed-layer.ts'
import { hasReached, latest, positionOf } from '../schemas/formats/tidemark.ts'
import type { Positions } from '../schemas/formats/tidemark.ts'
import type { SpeedView } from './speed-view.ts'

export type FollowOptions = {
  readonly log: EventLog
  readonly topic: string
  readonly view: SpeedView
  /**
   * Micro-batches start this far apart while nobody waits for positions; up to five times as far on a machine that is short
   * of time, at once and without a rest where the view is far behind.
   */
  readonly intervalMs: number
  /** The log waits while this much is read but not folded. */
  readonly pendingBytesMax: number
  /** Folds what the log has deleted before it was read, as far as the archive has it. */
  readonly loadLost: () => Promise<void>
  /**
   * Runs a fold to its end: again, where it failed for what may pass. A fold changes all or nothing, and repeating it is
   * safe. Absent: what fails ends the follower.
   */
  readonly untilFolded?: (fold: () => Promise<void>) => Promise<void>
  /** Called after each micro-batch. */
  readonly onApplied?: (batch: MicroBatchFacts) => void
}

/** `records` that arrived, those that were folded before included. */
export type MicroBatchFacts = { readonly records: number; readonly foldMs: number }

type Waiting = { readonly target: Positions; readonly reached: Deferred }

/** What a record costs in memory beside its value. */
const recordBytes = 250
/** A micro-batch costs much however small it is. On a machine that is short of time, fewer and larger ones are shown sooner. */
const restPerFold = 2
const intervalsMax = 5
/** Whoever is this far behind does not rest. */
const behindBytes = 2 * 1024 * 1024

/** Feeds a speed view from the log: what has arrived while one micro-batch was folded is the next one. */
export class LogFollower implements Omit<SpeedProgress, 'state'> {
  readonly #options: FollowOptions
  #follower: Follower | undefined
  #pending: { readonly slice: LogSlice; readonly readAtMs: number }[] = []
  #pendingBytes = 0
  #waiter: NodeJS.Timeout | undefined
  #folding: Promise<void> | undefined
  #isClosed = false
  #lastStart = 0
  #lastFoldMs = 0
  #read: Positions = new Map()
  readonly #waiting = new Set<Waiting>()
  readonly #receiving = new Set<Waiting>()
  readonly #room: Deferred[] = []
  readonly #end = new Deferred()

  constructor(options: FollowOptions) {
    this.#options = options
  }

  /** Resolves after `close()`; rejects when following ended for any other reason. */
  get ended(): Promise<void> {
    return this.#end.promise
  }

  get oldestPending(): number | null {
    const oldest = this.#pending.find(({ slice }) => slice.records.length > 0)
    const record = oldest?.slice.records[0]
    if (oldest === undefined || record === undefined) return null
    return record.hasLogTime ? Number(record.timestamp) : oldest.readAtMs
  }

  start(): void {
    const { log, topic, view } = this.#options
    this.#follower = log.follow(topic, view.state().positions, (slice) => this.#take(slice))
    this.#follower.ended.then(() => this.#end.resolve(), this.#end.reject)
  }

  async reach(target: Positions, signal?: AbortSignal): Promise<void> {
    if (hasReached(this.#options.view.state().positions, target)) return
    const reached = wait(this.#waiting, target, signal)
    this.#schedule()
    await reached
  }

  async receive(target: Positions, signal?: AbortSignal): Promise<void> {
    if (hasReached(this.#received(), target)) return
    await wait(this.#receiving, target, signal)
  }

  /** Checks who waits for positions; a hand-over may move the view too. */
  noteProgress(): void {
    const { positions } = this.#options.view.state()
    for (const { target, reached } of this.#waiting) if (hasReached(positions, target)) reached.resolve()
    this.#noteReceived()
  }

  #received(): Positions {
    return latest(this.#options.view.state().positions, this.#read)
  }

  #noteReceived(): void {
    const received = this.#received()
    for (const { target, reached } of this.#receiving) if (hasReached(received, target)) reached.resolve()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#waiter)
    for (const room of this.#room) room.resolve()
    await this.#follower?.close()
    await this.#folding
    this.#end.resolve()
  }

  async #take(slice: LogSlice): Promise<void> {
    this.#pending.push({ slice, readAtMs: Date.now() })
    this.#pendingBytes += slice.records.reduce((sum, { value }) => sum + recordBytes + (value?.byteLength ?? 0), 0)
    this.#read = latest(this.#read, new Map([[slice.partition, slice.nextOffset]]))
    this.#noteReceived()
    this.#schedule()
    while (this.#pendingBytes > this.#options.pendingBytesMax && !this.#isClosed) {
      const room = new Deferred()
      this.#room.push(room)
      await room.promise
    }
  }

  #schedule(): void {
    if (this.#folding !== undefined || this.#isClosed || this.#pending.length === 0) return
    clearTimeout(this.#waiter)
    const dueMs = this.#lastStart + this.#intervalMs() - performance.now()
    this.#waiter = setTimeout(() => this.#startFold(), Math.max(0, dueMs))
  }

  #intervalMs(): number {
    const { intervalMs } = this.#options
    const restMs = this.#lastFoldMs * restPerFold
    if (this.#pendingBytes > behindBytes) return 0
    return this.#waiting.size > 0
      ? Math.min(intervalMs, restMs)
      : Math.min(Math.max(intervalMs, restMs), intervalMs * intervalsMax)
  }

  #startFold(): void {
    this.#folding = this.#fold().then(() => {
      this.#folding = undefined
      this.#schedule()
    }, this.#end.reject)
  }

  async #fold(): Promise<void> {
    this.#lastStart = performance.now()
    const slices = this.#pending.map(({ slice }) => slice)
    ;[this.#pending, this.#pendingBytes] = [[], 0]
    for (const room of this.#room.splice(0)) room.resolve()
    const { view, loadLost, untilFolded = (fold) => fold() } = this.#options
    await untilFolded(async () => {
      if (hasLoss(slices, view.state().positions)) await loadLost()
      await view.apply(slices)
    })
    this.#lastFoldMs = performance.now() - this.#lastStart
    this.noteProgress()
    this.#options.onApplied?.({
      records: slices.reduce((sum, { records }) => sum + records.length, 0),
      foldMs: this.#lastFoldMs,
    })
  }
}

async function wait(waiters: Set<Waiting>, target: Positions, signal: AbortSignal | undefined): Promise<void> {
  const waiter = { target, reached: new Deferred() }
  waiters.add(waiter)
  signal?.addEventListener('abort', () => waiter.reached.resolve(), { once: true })
  await waiter.reached.promise
  waiters.delete(waiter)
}

/** True where a slice starts beyond the end of what came before it. */
function hasLoss(slices: readonly LogSlice[], positions: Positions): boolean {
  const ends = new Map(positions)
  return slices.some(({ partition, firstOffset, nextOffset }) => {
    const isBeyond = firstOffset > positionOf(ends, partition)
    ends.set(partition, nextOffset)
    return isBeyond
  })
}
