import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { sqlSchemas } from '../../schemas/sql/sql-schemas.ts'
import { findQuery } from '../../serving/requests/find-named.ts'
import { parameterCells } from '../../serving/requests/parameters.ts'
import type { JsonValue, View } from '../../serving/replica/reader.ts'
import type { ReplicaReader } from '../../serving/replica/replica-reader.ts'
import { RunningSystem } from '../support/running-system.ts'
import { readTablesOf } from '../oracle/read-tables.ts'
import { recordedLines } from '../oracle/recording.ts'
import { createRecount, recountBy } from '../oracle/recount.ts'
import type { LoggedRecord, Recount } from '../oracle/recount.ts'
import { rsvpColumns } from '../oracle/rows.ts'
import type { TableColumns, TableName, TablesOf } from '../oracle/rows.ts'

export type AnsweredRow = Readonly<Record<string, JsonValue>>

/** A dataset, and what a test knows of it besides the declaration. */
export type Asked<Name extends string> = {
  readonly dataset: DefinedDataset
  readonly columns: TableColumns<Name>
  readonly createRecount: () => Recount<Name>
  /** The column of `arrival` with the event's time. */
  readonly time: string
}

const askedRsvp: Asked<TableName> = { dataset: rsvp, columns: rsvpColumns, createRecount, time: 'mtime' }

type Events = {
  readonly lines?: readonly Uint8Array[]
  /** The generation holds this many events. */
  readonly cut?: number
  readonly partitions?: number
}

type Parts<Name extends string> = {
  readonly asked: Asked<Name>
  readonly system: RunningSystem
  readonly tables: Readonly<Record<View, TablesOf<Name>>>
}

/** A system with a generation of the first events of a log and all others in the speed view, and what each view holds. */
export class ThreeViews<Name extends string = TableName> {
  /** By a recount in plain TypeScript. */
  readonly tables: Readonly<Record<View, TablesOf<Name>>>
  /** Epoch ms; null where no event was accepted. */
  readonly streamTime: number | null
  readonly #asked: Asked<Name>
  readonly #system: RunningSystem
  readonly #reader: ReplicaReader

  /** Of the dataset `rsvp`. Close it. */
  static open({ lines = recordedLines(), ...events }: Events = {}): Promise<ThreeViews> {
    return ThreeViews.openOf(askedRsvp, { lines, ...events })
  }

  /** Close it. A hand-over has put the generation there while the speed view held its events. */
  static async openOf<Of extends string>(
    asked: Asked<Of>,
    { lines = [], cut = 700, partitions = 1 }: Events,
  ): Promise<ThreeViews<Of>> {
    const system = await RunningSystem.open(asked.dataset, partitions)
    await system.append(lines.slice(0, cut))
    const covered = await system.logged()
    await system.startReplica()
    await system.catchUp()
    await system.archive()
    await system.run()
    await system.append(lines.slice(cut))
    await system.catchUp()
    await system.handOver()
    return new ThreeViews({ asked, system, tables: viewTables(asked, await system.logged(), covered) })
  }

  private constructor({ asked, system, tables }: Parts<Name>) {
    this.#asked = asked
    this.#system = system
    this.#reader = system.createReader()
    this.tables = tables
    const told: TablesOf = tables.merged
    const arrivals = told['arrival'] ?? []
    const times = arrivals.map((row) => Math.min(Number(row[asked.time]), Number(row['received_at'])))
    this.streamTime = times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b))
  }

  /** The rows of a named query; parameters as a caller writes them. */
  async ask(name: string, given: Readonly<Record<string, string>>, view: View): Promise<readonly AnsweredRow[]> {
    const query = findQuery(this.#asked.dataset, name)
    const { columns, rows } = await this.#reader.read({
      sql: query.sql,
      params: parameterCells(query, new Map(Object.entries(given))),
      view,
      dataset: this.#asked.dataset.name,
      after: new Map(),
      rowsMax: 1_000_000,
      bytesMax: 1e9,
      timeoutMs: 60_000,
    })
    return rows.map((row) => Object.fromEntries(columns.map((column, n) => [column.name, row[n] ?? null])))
  }

  /** What a view holds in truth. */
  async held(view: View): Promise<TablesOf<Name>> {
    const { dataset, columns } = this.#asked
    return await this.#system.read((session) => readTablesOf(session, sqlSchemas(dataset.name)[view], columns))
  }

  async close(): Promise<void> {
    this.#reader.close()
    await this.#system.close()
  }
}

function viewTables<Name extends string>(
  { createRecount: create }: Asked<Name>,
  records: readonly LoggedRecord[],
  covered: readonly LoggedRecord[],
): Readonly<Record<View, TablesOf<Name>>> {
  const isCovered = new Set(covered.map(({ partition, offset }) => `${partition}/${offset}`))
  const all = create()
  for (const record of records) all.add(record)
  return {
    merged: all.tables(),
    batch: recountBy(create, covered),
    speed: all.tables(({ partition, offset }) => !isCovered.has(`${partition}/${offset}`)),
  }
}
