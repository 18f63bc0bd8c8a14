import { AppError } from '../schemas/errors.ts'
import type { DefinedDataset } from '../schemas/define-dataset.ts'
import type { Session } from '../schemas/engine.ts'
import { createSpeedViewSql, handOverSql } from '../schemas/fold-sql.ts'
import type { LogSlice } from '../schemas/log.ts'
import { chunksSql } from '../schemas/raw-chain.ts'
import { encodeState, schemasOf, stateTable } from '../schemas/speed-view.ts'
import type { NextGeneration, ReplicaState, SpeedView } from '../schemas/speed-view.ts'
import { ident, literal } from '../schemas/sql-text.ts'
import { noRowsSql } from '../schemas/table-sql.ts'
import { hasReached, latest, positionOf } from '../schemas/tidemark.ts'
import type { Positions } from '../schemas/tidemark.ts'
import { MicroBatch } from './micro-batch.ts'

/** Latest row per key from offsets at or beyond the tidemark, where newer than the generation's row of that key. */
export class MemorySpeedView implements SpeedView {
  readonly #dataset: DefinedDataset
  readonly #session: Session
  readonly #microBatch: MicroBatch
  /** As the running transaction will leave it. */
  #next: ReplicaState = { generation: 0, tidemark: new Map(), positions: new Map(), streamTime: null }
  /** As the last commit left it. */
  #state = this.#next

  /** The session is this view's alone. */
  constructor(dataset: DefinedDataset, session: Session) {
    this.#dataset = dataset
    this.#session = session
    this.#microBatch = new MicroBatch(session, dataset)
  }

  /** Makes an empty speed view over generation 0, whose tables are empty. */
  async open(): Promise<void> {
    const { speedRows, batchRows } = schemasOf(this.#dataset.name)
    for (const sql of createSpeedViewSql(this.#dataset, speedRows)) await this.#session.run(sql)
    await this.#session.run(`CREATE SCHEMA ${batchRows}`)
    for (const name of Object.keys(this.#dataset.tables)) {
      await this.#session.run(`CREATE VIEW ${batchRows}.${ident(name)} AS ${noRowsSql(speedRows, name)}`)
    }
    await this.#session.run(
      `CREATE TABLE ${stateTable(this.#dataset.name)} AS SELECT ${literal(encodeState(this.#next))} AS state`,
    )
    await this.#microBatch.open()
  }

  state(): ReplicaState {
    return this.#state
  }

  /** Folds slices in one transaction. Records below the view's position are in it already and are passed over. */
  async apply(slices: readonly LogSlice[]): Promise<void> {
    await this.#commit(async () => {
      const fresh = slices.flatMap((slice) => beyond(slice, positionOf(this.#next.positions, slice.partition)))
      if (fresh.length === 0) return
      const positions = new Map(fresh.map(({ partition, nextOffset }) => [partition, nextOffset]))
      const hasRecords = fresh.some(({ records }) => records.length > 0)
      await this.#advance(positions, hasRecords ? await this.#microBatch.foldSlices(fresh) : null)
    })
  }

  /** Folds raw chunks in one transaction: all records of one stretch of a partition. */
  async applyChunks(paths: readonly string[], positions: Positions): Promise<void> {
    await this.#commit(async () => {
      await this.#advance(positions, await this.#microBatch.foldQuery(chunksSql(paths)))
    })
  }

  async handOver({ generation, tidemark, streamTime, viewStatements }: NextGeneration): Promise<void> {
    await this.#commit(async () => {
      if (generation <= this.#next.generation || !hasReached(tidemark, this.#next.tidemark)) {
        throw new AppError(
          'MANIFEST_CORRUPT',
          `generation ${generation} of ${this.#dataset.name} would take the tidemark back behind generation ${this.#next.generation}`,
        )
      }
      const { speedRows, batchRows } = schemasOf(this.#dataset.name)
      for (const sql of viewStatements) await this.#session.run(sql)
      for (const sql of handOverSql(this.#dataset, { speed: speedRows, batch: batchRows }, tidemark))
        await this.#session.run(sql)
      await this.#save({
        generation,
        tidemark,
        positions: latest(this.#next.positions, tidemark),
        streamTime: newer(this.#next.streamTime, streamTime),
      })
    })
  }

  async #commit(work: () => Promise<void>): Promise<void> {
    this.#state = await this.#session.transaction(async () => {
      const before = this.#next
      try {
        await work()
        return this.#next
      } catch (error) {
        this.#next = before
        throw error
      }
    })
  }

  async #advance(positions: Positions, streamTime: number | null): Promise<void> {
    await this.#save({
      ...this.#next,
      positions: latest(this.#next.positions, positions),
      streamTime: newer(this.#next.streamTime, streamTime),
    })
  }

  /** The last statement of a transaction: what it says becomes true when that commits. */
  async #save(state: ReplicaState): Promise<void> {
    await this.#session.run(`UPDATE ${stateTable(this.#dataset.name)} SET state = ${literal(encodeState(state))}`)
    this.#next = state
  }
}

/** The part of a slice that starts at `position` or later; none where all of it lies below. */
function beyond(slice: LogSlice, position: bigint): LogSlice[] {
  if (slice.nextOffset <= position) return []
  if (slice.firstOffset >= position) return [slice]
  return [{ ...slice, firstOffset: position, records: slice.records.filter(({ offset }) => offset >= position) }]
}

function newer(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b)
}
