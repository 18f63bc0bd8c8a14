import { Deferred } from '../schemas/async/deferred.ts'
import type { EventLog, Follower, LogSlice } from '../schemas/ports/log.ts'
import type { SpeedProgress } from '../schemas/ports/speed-layer.ts'
import { hasReached, latest, positionOf } from '../schemas/formats/tidemark.ts'
import type { Positions } from '../schemas/formats/tidemark.ts'
import { AwaitedPositions } from './awaited-positions.ts'
import { Backlog } from './backlog.ts'
import type { SpeedView } from './speed-view.ts'

export type FollowOptions = {
  readonly log: Pick<EventLog, 'follow'>
  readonly topic: string
  readonly view: SpeedView
  /**
   * Micro-batches start this far apart while the view is read. On a busy machine they start up to five times as far
   * apart; if a caller waits for positions, sooner; if the view is far behind, without a pause.
   */
  readonly intervalMs: number
  /** They start this far apart while no read has needed the view for some seconds. If absent, the view never rests. */
  readonly restMs?: number
  /** Reading the log stops while more than this is read but not folded. */
  readonly pendingBytesMax: number
  /** Folds events that the log deleted before they were read, as far as the archive has them. */
  readonly loadLost: () => Promise<void>
  /**
   * Runs a fold, and repeats it after a failure that may pass. A fold changes all or nothing, so repeating it is safe.
   * If absent, every failure ends the follower.
   */
  readonly untilFolded?: (fold: () => Promise<void>) => Promise<void>
  /** Called after each micro-batch. */
  readonly onApplied?: (batch: MicroBatchFacts) => void
}

/** `records` is how many arrived, those that had been folded before included. */
export type MicroBatchFacts = { readonly records: number; readonly foldMs: number }

/** However small a micro-batch is, it costs much. On a busy machine, fewer and larger ones show events sooner. */
const recoverPerFold = 2
const intervalsMax = 5
/** A view rests after so long without a read. */
const wakefulMs = 2000
/** If more than this is read but not folded, the next micro-batch starts without a pause. */
const behindBytes = 2 * 1024 * 1024

type Turn =
  | { readonly kind: 'idle' }
  | { readonly kind: 'due'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'folding'; readonly done: Promise<void> }
  | { readonly kind: 'failed' }
  | { readonly kind: 'closed' }

/**
 * Feeds a speed view from the log: records that arrive while one micro-batch is folded make the next one. After `start`
 * it reads all the time, and folding takes these turns:
 * - idle: everything that was read is folded;
 * - due: a timer runs until the next micro-batch begins; a caller that waits for positions, or that reads, may shorten it;
 * - folding: one micro-batch is being folded. Then it is due again, or idle;
 * - failed: a fold has failed for a reason that does not pass. It folds no more, stops reading, and has ended;
 * - closed: it neither reads nor folds any more.
 */
export class LogFollower implements Omit<SpeedProgress, 'state'> {
  readonly #options: FollowOptions
  readonly #backlog: Backlog
  #follower: Follower | undefined
  #turn: Turn = { kind: 'idle' }
  /** The micro-batch that began last. */
  #last = { startedAt: 0, foldMs: 0 }
  #wokenAt = Number.NEGATIVE_INFINITY
  /** What was received when a rest ended, while it is not in the view. All who read meanwhile wait for it. */
  #wakingTo: Positions | null = null
  #read: Positions = new Map()
  readonly #awaitedInView = new AwaitedPositions()
  readonly #awaitedRead = new AwaitedPositions()
  readonly #end = new Deferred()

  constructor(options: FollowOptions) {
    this.#options = options
    this.#backlog = new Backlog(options.pendingBytesMax)
  }

  /** Resolves after `close()`; rejects if following ended for another reason. */
  get ended(): Promise<void> {
    return this.#end.promise
  }

  get oldestPending(): number | null {
    return this.#backlog.oldestMs
  }

  /** A second call does nothing. */
  start(): void {
    if (this.#follower !== undefined || this.#turn.kind === 'closed') return
    const { log, topic, view } = this.#options
    this.#follower = log.follow(topic, view.state().positions, (slice) => this.#take(slice))
    this.#follower.ended.then(() => this.#end.resolve(), this.#end.reject)
  }

  async reach(target: Positions, signal?: AbortSignal): Promise<void> {
    if (hasReached(this.#options.view.state().positions, target)) return
    const reached = this.#awaitedInView.until(target, signal)
    this.#schedule()
    await reached
  }

  async wake(withinMs: number): Promise<void> {
    if (this.#isResting()) this.#wakingTo = this.#received()
    this.#wokenAt = performance.now()
    const target = this.#wakingTo
    if (target === null) return
    if (!hasReached(this.#options.view.state().positions, target))
      await this.reach(target, AbortSignal.timeout(withinMs))
    if (this.#wakingTo === target) this.#wakingTo = null
  }

  async receive(target: Positions, signal?: AbortSignal): Promise<void> {
    if (hasReached(this.#received(), target)) return
    await this.#awaitedRead.until(target, signal)
  }

  /** Call it when something else, such as a hand-over, has moved the view. */
  noteProgress(): void {
    this.#awaitedInView.note(this.#options.view.state().positions)
    this.#awaitedRead.note(this.#received())
  }

  async close(): Promise<void> {
    const turn = this.#turn
    this.#turn = { kind: 'closed' }
    if (turn.kind === 'due') clearTimeout(turn.timer)
    // Emptied, so that it no longer holds the log back and the log's follower can close.
    this.#backlog.take()
    await this.#follower?.close()
    if (turn.kind === 'folding') await turn.done
    this.#end.resolve()
  }

  #received(): Positions {
    return latest(this.#options.view.state().positions, this.#read)
  }

  async #take(slice: LogSlice): Promise<void> {
    if (this.#turn.kind === 'closed') return
    const room = this.#backlog.add(slice)
    this.#read = latest(this.#read, new Map([[slice.partition, slice.nextOffset]]))
    this.#awaitedRead.note(this.#received())
    this.#schedule()
    await room
  }

  #schedule(): void {
    if (this.#backlog.isEmpty || (this.#turn.kind !== 'idle' && this.#turn.kind !== 'due')) return
    if (this.#turn.kind === 'due') clearTimeout(this.#turn.timer)
    const dueMs = this.#last.startedAt + this.#intervalMs() - performance.now()
    this.#turn = { kind: 'due', timer: setTimeout(() => this.#startFold(), Math.max(0, dueMs)) }
  }

  #intervalMs(): number {
    const { intervalMs, restMs = 0 } = this.#options
    const recoverMs = this.#last.foldMs * recoverPerFold
    if (this.#backlog.bytes > behindBytes) return 0
    if (!this.#awaitedInView.isEmpty) return Math.min(intervalMs, recoverMs)
    const steadyMs = Math.min(Math.max(intervalMs, recoverMs), intervalMs * intervalsMax)
    return this.#isResting() ? Math.max(restMs, steadyMs) : steadyMs
  }

  #isResting(): boolean {
    return this.#options.restMs !== undefined && performance.now() - this.#wokenAt > wakefulMs
  }

  #startFold(): void {
    const done = this.#fold().then(
      () => this.#endFold({ kind: 'idle' }),
      (error: unknown) => {
        this.#endFold({ kind: 'failed' })
        this.#end.reject(error)
      },
    )
    this.#turn = { kind: 'folding', done }
  }

  #endFold(turn: Turn): void {
    if (this.#turn.kind === 'closed') return
    this.#turn = turn
    this.#schedule()
  }

  async #fold(): Promise<void> {
    this.#last.startedAt = performance.now()
    const slices = this.#backlog.take()
    const { view, loadLost, untilFolded = (fold) => fold() } = this.#options
    await untilFolded(async () => {
      if (hasLoss(slices, view.state().positions)) await loadLost()
      await view.apply(slices)
    })
    this.#last.foldMs = performance.now() - this.#last.startedAt
    this.noteProgress()
    this.#options.onApplied?.({
      records: slices.reduce((sum, { records }) => sum + records.length, 0),
      foldMs: this.#last.foldMs,
    })
  }
}

/** Returns true if a slice starts beyond the end of the slice before it. */
function hasLoss(slices: readonly LogSlice[], positions: Positions): boolean {
  const ends = new Map(positions)
  return slices.some(({ partition, firstOffset, nextOffset }) => {
    const isBeyond = firstOffset > positionOf(ends, partition)
    ends.set(partition, nextOffset)
    return isBeyond
  })
}
