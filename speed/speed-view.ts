import { WorkQueue } from '../schemas/async/work-queue.ts'
import { AppError } from '../schemas/errors.ts'
import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import { readsKeys } from '../schemas/sql/record-keys.ts'
import { isOutOfMemory } from '../schemas/ports/engine.ts'
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

/**
 * Offsets that a view lacks since its last step. `dropped` are those of them that it had shown before, so that counts
 * fell.
 */
export type NewlyLost = { readonly lost: PartitionRanges; readonly dropped: PartitionRanges }

export type SpeedViewOptions = { readonly onLost?: (newly: NewlyLost) => void; readonly now?: () => number }

type Step = {
  /** Runs before the transaction begins. */
  readonly prepare?: (from: ReplicaState) => Promise<void>
  /** Changes the rows, and returns the state that belongs to them. */
  readonly take: (from: ReplicaState) => Promise<ReplicaState>
}

/**
 * The latest row of each key from offsets at or beyond the tidemark, if it is newer than the generation's row of that
 * key. The view changes in steps, one at a time, and shows the last committed step. A step is one transaction; a step
 * that fails, even at its COMMIT, changes nothing and may be repeated.
 */
export class SpeedView {
  readonly #dataset: DefinedDataset
  readonly #session: Session
  readonly #microBatch: MicroBatch
  readonly #onLost: (newly: NewlyLost) => void
  readonly #now: () => number
  readonly #steps = new WorkQueue()
  #state: ReplicaState = {
    generation: 0,
    tidemark: new Map(),
    positions: new Map(),
    lost: noRanges,
    streamTime: null,
  }

  /** No other part may use the session. `onLost` is called after each step since which the view lacks more offsets. */
  constructor(dataset: DefinedDataset, session: Session, { onLost = () => {}, now = Date.now }: SpeedViewOptions = {}) {
    this.#dataset = dataset
    this.#session = session
    this.#onLost = onLost
    this.#now = now
    this.#microBatch = new MicroBatch(session, dataset)
  }

  /** Creates an empty speed view over generation 0, whose tables are empty. */
  async open(): Promise<void> {
    const { speedRows, batchRows } = sqlSchemas(this.#dataset.name)
    for (const sql of createSpeedViewSql(this.#dataset, speedRows)) await this.#session.run(sql)
    await this.#session.run(`CREATE SCHEMA ${batchRows}`)
    for (const name of Object.keys(this.#dataset.tables)) {
      await this.#session.run(`CREATE VIEW ${batchRows}.${ident(name)} AS ${noRowsSql(speedRows, name)}`)
    }
    await this.#session.run(createStateSql(this.#dataset.name, this.#state))
    await this.#microBatch.open()
  }

  state(): ReplicaState {
    return this.#state
  }

  /** Call it when no step runs, before the session is closed. */
  close(): void {
    this.#microBatch.close()
  }

  /**
   * Folds slices in one transaction. Records below the view's position are in it already and are skipped; offsets
   * between that position and a slice are lost.
   */
  async apply(slices: readonly LogSlice[]): Promise<void> {
    try {
      await this.#apply(slices, { keepsPlans: true })
    } catch (error) {
      // What the plans hold may be what is missing.
      if (!isOutOfMemory(error)) throw error
      await this.#apply(slices, { keepsPlans: false })
    }
  }

  async #apply(slices: readonly LogSlice[], { keepsPlans }: { readonly keepsPlans: boolean }): Promise<void> {
    let fresh: readonly LogSlice[] = []
    const hasRecords = () => fresh.some(({ records }) => records.length > 0)
    await this.#step({
      prepare: async ({ positions }) => {
        fresh = slices.flatMap((slice) => beyond(slice, positionOf(positions, slice.partition)))
        if (!keepsPlans) await this.#microBatch.forget()
        if (hasRecords()) await this.#microBatch.stageSlices(fresh, this.#now())
      },
      take: async (from) => {
        if (fresh.length === 0) return from
        return advanced(from, {
          positions: new Map(fresh.map(({ partition, nextOffset }) => [partition, nextOffset])),
          lost: holes(fresh, from.positions),
          streamTime: hasRecords() ? await this.#microBatch.fold() : null,
        })
      },
    })
  }

  /**
   * Folds raw chunks of one partition in one transaction. They must follow one another, and the first one must hold the
   * view's position or start there. Records below the position are in the view already and are skipped.
   */
  async applyChunks(paths: readonly string[], footers: readonly StoredFooter[]): Promise<void> {
    await this.#step({
      prepare: async ({ positions }) => {
        const from = positionOf(positions, footers[0]?.partition ?? 0)
        const withKeys = readsKeys(this.#dataset)
        await this.#microBatch.stageQuery(chunksSql({ paths, footers, from, readAtMs: this.#now(), withKeys }))
      },
      take: async (from) =>
        advanced(from, {
          positions: new Map(footers.map(({ partition, nextOffset }) => [partition, nextOffset])),
          lost: rangesFrom(lossesOf(footers), from.positions),
          streamTime: await this.#microBatch.fold(),
        }),
    })
  }

  /**
   * Moves a position forward to where the chain of a partition starts: earlier records of the log are not Tidemark's.
   */
  async startAt(partition: number, firstOffset: bigint): Promise<void> {
    const position = this.#state.positions.get(partition)
    if (position !== undefined && position >= firstOffset) return
    const start = { positions: new Map([[partition, firstOffset]]), lost: noRanges, streamTime: null }
    await this.#step({ take: async (from) => advanced(from, start) })
  }

  async handOver({ generation, tidemark, lost, streamTime, viewStatements }: NextGeneration): Promise<void> {
    await this.#step({
      prepare: () => this.#microBatch.forget(),
      take: async (from) => {
        this.#requireLater(from, { generation, tidemark })
        const { speedRows, batchRows } = sqlSchemas(this.#dataset.name)
        for (const sql of viewStatements) await this.#session.run(sql)
        for (const sql of handOverSql(this.#dataset, { speed: speedRows, batch: batchRows }, tidemark))
          await this.#session.run(sql)
        await this.#freeDeleted()
        return {
          generation,
          tidemark,
          positions: latest(from.positions, tidemark),
          // The generation itself says which offsets below its tidemark are lost: it may hold offsets that this replica
          // found deleted.
          lost: unite(lost, rangesFrom(from.lost, tidemark)),
          streamTime: newer(from.streamTime, streamTime),
        }
      },
    })
  }

  #requireLater(from: ReplicaState, { generation, tidemark }: Pick<NextGeneration, 'generation' | 'tidemark'>): void {
    if (generation > from.generation && hasReached(tidemark, from.tidemark)) return
    throw new AppError(
      'MANIFEST_CORRUPT',
      `generation ${generation} of ${this.#dataset.name} would take the tidemark back behind generation ${from.generation}`,
    )
  }

  /** Without this the tables would keep every row that they ever held, invisible but in memory. */
  async #freeDeleted(): Promise<void> {
    const { speedRows } = sqlSchemas(this.#dataset.name)
    const tables = Object.keys(this.#dataset.tables).map((name) => `${speedRows}.${ident(name)}`)
    for (const table of [...tables, stateTable(this.#dataset.name)]) await this.#session.run(rewriteSql(table))
  }

  #step({ prepare, take }: Step): Promise<void> {
    return this.#steps.add(async () => {
      const from = this.#state
      await prepare?.(from)
      const to = await this.#session.transaction(async () => {
        const next = await take(from)
        // The last statement of the transaction: the state that it saves becomes true when the transaction commits.
        if (next !== from) await this.#session.run(saveStateSql(this.#dataset.name, next))
        return next
      })
      this.#state = to
      const lost = without(to.lost, from.lost)
      if (lost.size > 0) this.#onLost({ lost, dropped: rangesBelow(lost, from.positions) })
    })
  }
}

function advanced(
  from: ReplicaState,
  { positions, lost, streamTime }: Pick<ReplicaState, 'positions' | 'lost' | 'streamTime'>,
): ReplicaState {
  return {
    ...from,
    positions: latest(from.positions, positions),
    lost: unite(from.lost, lost),
    streamTime: newer(from.streamTime, streamTime),
  }
}

/** Returns the part of a slice from `position` on; nothing if the whole slice is below it. */
function beyond(slice: LogSlice, position: bigint): LogSlice[] {
  if (slice.nextOffset <= position) return []
  if (slice.firstOffset >= position) return [slice]
  return [{ ...slice, firstOffset: position, records: slice.records.filter(({ offset }) => offset >= position) }]
}

/**
 * Returns the offsets between the end of a partition and its next slice. A partition without a position begins with its
 * first slice.
 */
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
