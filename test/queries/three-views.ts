import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { schemasOf } from '../../schemas/speed-view.ts'
import { findQuery } from '../../serving/find-named.ts'
import { parameterCells } from '../../serving/parameters.ts'
import type { JsonValue, View } from '../../serving/reader.ts'
import type { ReplicaReader } from '../../serving/replica-reader.ts'
import { RunningSystem } from '../exactness/running-system.ts'
import { readTables } from '../oracle/read-tables.ts'
import { recordedLines } from '../oracle/recording.ts'
import { createRecount, recount } from '../oracle/recount.ts'
import type { LoggedRecord } from '../oracle/recount.ts'
import type { Tables } from '../oracle/rows.ts'

export type AnsweredRow = Readonly<Record<string, JsonValue>>

type Parts = {
  readonly system: RunningSystem
  readonly tables: Readonly<Record<View, Tables>>
}

/** A system with a generation of the first events of a log and all others in the speed view, and what each view holds. */
export class ThreeViews {
  /** By a recount in plain TypeScript. */
  readonly tables: Readonly<Record<View, Tables>>
  /** Epoch ms; null where no event was accepted. */
  readonly streamTime: number | null
  readonly #system: RunningSystem
  readonly #reader: ReplicaReader

  /** Close it. A hand-over has put the generation there while the speed view held its events. */
  static async open({
    lines = recordedLines(),
    cut = 700,
    partitions = 1,
  }: {
    readonly lines?: readonly Uint8Array[]
    /** The generation holds this many events. */
    readonly cut?: number
    readonly partitions?: number
  } = {}): Promise<ThreeViews> {
    const system = await RunningSystem.open(rsvp, partitions)
    await system.append(lines.slice(0, cut))
    const covered = await system.logged()
    await system.startReplica()
    await system.catchUp()
    await system.archive()
    await system.run()
    await system.append(lines.slice(cut))
    await system.catchUp()
    await system.handOver()
    return new ThreeViews({ system, tables: viewTables(await system.logged(), covered) })
  }

  private constructor({ system, tables }: Parts) {
    this.#system = system
    this.#reader = system.createReader()
    this.tables = tables
    const times = tables.merged.arrival.map((row) => Math.min(Number(row['mtime']), Number(row['received_at'])))
    this.streamTime = times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b))
  }

  /** The rows of a named query; parameters as a caller writes them. */
  async ask(name: string, given: Readonly<Record<string, string>>, view: View): Promise<readonly AnsweredRow[]> {
    const query = findQuery(rsvp, name)
    const { columns, rows } = await this.#reader.read({
      sql: query.sql,
      params: parameterCells(query, new Map(Object.entries(given))),
      view,
      dataset: rsvp.name,
      after: new Map(),
      rowsMax: 1_000_000,
      bytesMax: 1e9,
      timeoutMs: 60_000,
    })
    return rows.map((row) => Object.fromEntries(columns.map((column, n) => [column.name, row[n] ?? null])))
  }

  /** What a view holds in truth. */
  async held(view: View): Promise<Tables> {
    return await this.#system.read((session) => readTables(session, schemasOf(rsvp.name)[view]))
  }

  async close(): Promise<void> {
    this.#reader.close()
    await this.#system.close()
  }
}

function viewTables(
  records: readonly LoggedRecord[],
  covered: readonly LoggedRecord[],
): Readonly<Record<View, Tables>> {
  const isCovered = new Set(covered.map(({ partition, offset }) => `${partition}/${offset}`))
  const all = createRecount()
  for (const record of records) all.add(record)
  return {
    merged: all.tables(),
    batch: recount(covered),
    speed: all.tables(({ partition, offset }) => !isCovered.has(`${partition}/${offset}`)),
  }
}
