import { AppError } from '../schemas/errors.ts'
import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import type { Session } from '../schemas/ports/engine.ts'
import { createSpeedViewSql, handOverSql } from '../schemas/sql/fold-sql.ts'
import type { LogSlice } from '../schemas/ports/log.ts'
import { newer } from '../schemas/formats/stream-time.ts'
import { noRanges, rangesBelow, rangesFrom, unite, without } from '../schemas/formats/offset-ranges.ts'
import type { PartitionRanges } from '../schemas/formats/offset-ranges.ts'
import { chunksSql } from '../schemas/formats/raw-chain.ts'
import { lossesOf } from '../schemas/formats/raw-chunk.ts'
import type { StoredFooter } from '../schemas/formats/raw-chunk.ts'
import type { NextGeneration, ReplicaState } from '../schemas/ports/speed-layer.ts'
import { sqlSchemas } from '../schemas/sql/sql-schemas.ts'
import { ident } from '../schemas/sql/sql-text.ts'
import { createStateSql, saveStateSql, stateTable } from '../schemas/sql/state-table.ts'
import { noRowsSql, rewriteSql } from '../schemas/sql/table-sql.ts'
import { hasReached, latest, positionOf } from '../schemas/formats/tidemark.ts'
import type { Positions } from '../schemas/formats/tidemark.ts'
import { MicroBatch } from './micro-batch.ts'

/** What a view lacks since its last step, and of that what it had shown before: counts fell. */
export type NewlyLost = { readonly lost: PartitionRanges; readonly dropped: PartitionRanges }

export type SpeedViewOptions = { readonly onLost?: (newly: NewlyLost) => void; readonly now?: () => number }

/**
 * Latest row per key from offsets at or beyond the tidemark, where newer than the generation's row of that key. It goes on
 * in steps of one transaction each, which wait for each other: `#state` is as the last step left it, `#next` as the step
 * under way will. A step that fails changes neither.
 */
export class SpeedView {
  readonly #dataset: DefinedDataset
  readonly #session: Session
  readonly #microBatch: MicroBatch
  readonly #onLost: (newly: NewlyLost) => void
  readonly #now: () => number
  #next: ReplicaState = {
    generation: 0,
    tidemark: new Map(),
    positions: new Map(),
    lost: noRanges,
    streamTime: null,
  }
  #state = this.#next

  /** The session is this view's alone. `onLost` is called after each step since which it lacks more. */
  constructor(dataset: DefinedDataset, session: Session, { onLost = () => {}, now = Date.now }: SpeedViewOptions = {}) {
    this.#dataset = dataset
    this.#session = session
    this.#onLost = onLost
    this.#now = now
    this.#microBatch = new MicroBatch(session, dataset)
  }

  /** Makes an empty speed view over generation 0, whose tables are empty. */
  async open(): Promise<void> {
    const { speedRows, batchRows } = sqlSchemas(this.#dataset.name)
    for (const sql of createSpeedViewSql(this.#dataset, speedRows)) await this.#session.run(sql)
    await this.#session.run(`CREATE SCHEMA ${batchRows}`)
    for (const name of Object.keys(this.#dataset.tables)) {
      await this.#session.run(`CREATE VIEW ${batchRows}.${ident(name)} AS ${noRowsSql(speedRows, name)}`)
    }
    await this.#session.run(createStateSql(this.#dataset.name, this.#next))
    await this.#microBatch.open()
  }

  state(): ReplicaState {
    return this.#state
  }

  /**
   * Folds slices in one transaction. Records below the view's position are in it already and are passed over; what lies
   * between that position and a slice is lost.
   */
  async apply(slices: readonly LogSlice[]): Promise<void> {
    let fresh: readonly LogSlice[] = []
    const hasRecords = () => fresh.some(({ records }) => records.length > 0)
    await this.#commit(
      async () => {
        if (fresh.length === 0) return
        await this.#advance({
          positions: new Map(fresh.map(({ partition, nextOffset }) => [partition, nextOffset])),
          lost: holes(fresh, this.#next.positions),
          streamTime: hasRecords() ? await this.#microBatch.fold() : null,
        })
      },
      async () => {
        fresh = slices.flatMap((slice) => beyond(slice, positionOf(this.#next.positions, slice.partition)))
        if (hasRecords()) await this.#microBatch.stageSlices(fresh, this.#now())
      },
    )
  }

  /**
   * Folds raw chunks in one transaction: one stretch of a partition, whose first chunk holds the view's position or starts
   * there. What lies below it is in the view already.
   */
  async applyChunks(paths: readonly string[], footers: readonly StoredFooter[]): Promise<void> {
    await this.#commit(
      async () =>
        await this.#advance({
          positions: new Map(footers.map(({ partition, nextOffset }) => [partition, nextOffset])),
          lost: rangesFrom(lossesOf(footers), this.#next.positions),
          streamTime: await this.#microBatch.fold(),
        }),
      async () => {
        const from = positionOf(this.#next.positions, footers[0]?.partition ?? 0)
        await this.#microBatch.stageQuery(chunksSql({ paths, footers, from, readAtMs: this.#now() }))
      },
    )
  }

  /** Moves a position forward to where the chain of a partition starts: what the log held before is not Tidemark's. */
  async startAt(partition: number, firstOffset: bigint): Promise<void> {
    const position = this.#next.positions.get(partition)
    if (position !== undefined && position >= firstOffset) return
    await this.#commit(() =>
      this.#advance({ positions: new Map([[partition, firstOffset]]), lost: noRanges, streamTime: null }),
    )
  }

  async handOver({ generation, tidemark, lost, streamTime, viewStatements }: NextGeneration): Promise<void> {
    await this.#commit(async () => {
      if (generation <= this.#next.generation || !hasReached(tidemark, this.#next.tidemark)) {
        throw new AppError(
          'MANIFEST_CORRUPT',
          `generation ${generation} of ${this.#dataset.name} would take the tidemark back behind generation ${this.#next.generation}`,
        )
      }
      const { speedRows, batchRows } = sqlSchemas(this.#dataset.name)
      for (const sql of viewStatements) await this.#session.run(sql)
      for (const sql of handOverSql(this.#dataset, { speed: speedRows, batch: batchRows }, tidemark))
        await this.#session.run(sql)
      await this.#freeDeleted()
      await this.#save({
        generation,
        tidemark,
        positions: latest(this.#next.positions, tidemark),
        // What the generation covers it says itself: it may hold what this replica found deleted.
        lost: unite(lost, rangesFrom(this.#next.lost, tidemark)),
        streamTime: newer(this.#next.streamTime, streamTime),
      })
    })
  }

  /** Without it the tables would keep, out of sight, every row that they ever held. */
  async #freeDeleted(): Promise<void> {
    const { speedRows } = sqlSchemas(this.#dataset.name)
    const tables = Object.keys(this.#dataset.tables).map((name) => `${speedRows}.${ident(name)}`)
    for (const table of [...tables, stateTable(this.#dataset.name)]) await this.#session.run(rewriteSql(table))
  }

  /** `prepare` runs in the same turn, before the transaction begins. */
  async #commit(work: () => Promise<void>, prepare?: () => Promise<void>): Promise<void> {
    const before = this.#state
    this.#state = await this.#session.transaction(async () => {
      const known = this.#next
      try {
        await work()
        return this.#next
      } catch (error) {
        this.#next = known
        throw error
      }
    }, prepare)
    const lost = without(this.#state.lost, before.lost)
    if (lost.size > 0) this.#onLost({ lost, dropped: rangesBelow(lost, before.positions) })
  }

  async #advance({
    positions,
    lost,
    streamTime,
  }: Pick<ReplicaState, 'positions' | 'lost' | 'streamTime'>): Promise<void> {
    await this.#save({
      ...this.#next,
      positions: latest(this.#next.positions, positions),
      lost: unite(this.#next.lost, lost),
      streamTime: newer(this.#next.streamTime, streamTime),
    })
  }

  /** The last statement of a transaction: what it says becomes true when that commits. */
  async #save(state: ReplicaState): Promise<void> {
    await this.#session.run(saveStateSql(this.#dataset.name, state))
    this.#next = state
  }
}

/** The part of a slice that starts at `position` or later; none where all of it lies below. */
function beyond(slice: LogSlice, position: bigint): LogSlice[] {
  if (slice.nextOffset <= position) return []
  if (slice.firstOffset >= position) return [slice]
  return [{ ...slice, firstOffset: position, records: slice.records.filter(({ offset }) => offset >= position) }]
}

/** What lies between the end of what came before and a slice. A partition that has no position yet begins with its first slice. */
function holes(slices: readonly LogSlice[], positions: Positions): PartitionRanges {
  const ends = new Map(positions)
  const found: PartitionRanges[] = []
  for (const { partition, firstOffset, nextOffset } of slices) {
    const end = ends.get(partition)
    if (end !== undefined && firstOffset > end)
      found.push(new Map([[partition, [{ firstOffset: end, nextOffset: firstOffset }]]]))
    ends.set(partition, nextOffset)
  }
  return unite(...found)
}
