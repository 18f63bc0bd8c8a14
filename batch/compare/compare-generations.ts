import { tableOf } from '../../schemas/declare/define-dataset.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { checkedFile } from '../../schemas/formats/manifest.ts'
import { namingUnreadable } from '../../schemas/formats/read-tables.ts'
import { withEngine, withSession } from '../../schemas/ports/engine.ts'
import type { Engine, Session } from '../../schemas/ports/engine.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { list, literal } from '../../schemas/sql/sql-text.ts'
import { deletesOf } from '../../schemas/sql/table-sql.ts'
import { compareColumns } from './compare-columns.ts'
import { compareRows } from './compare-rows.ts'
import type { RowDifference } from './compare-rows.ts'

export type CompareOptions = {
  /** Its declaration says how rows are paired; it need not have made either generation. */
  readonly dataset: DefinedDataset
  readonly store: ObjectStore
  /** Opens a new engine; the comparison closes it. */
  readonly openEngine: () => Promise<Engine>
  readonly from: Manifest
  readonly to: Manifest
  /** How many examples of a difference are named. */
  readonly examplesMax: number
  readonly onTable?: (table: string, done: number, total: number) => void
}

export type TableComparison = {
  readonly table: string
  /** How many rows of the table are the same in both generations. Null if they could not be paired. */
  readonly equal: number | null
  /** What differs in the shape of the table, for people. */
  readonly shape: readonly string[]
  readonly rows: readonly RowDifference[]
}

/**
 * Compares two generations of a dataset, of whatever declarations, by the values that people see: per table what differs
 * in its columns, and which rows differ, with the reason as far as the generations say it.
 */
export async function compareGenerations(options: CompareOptions): Promise<readonly TableComparison[]> {
  const { from, to, onTable } = options
  const names = [...new Set([...Object.keys(to.tables), ...Object.keys(from.tables)])]
  return await withEngine(options.openEngine, (engine) =>
    withSession(engine, async (session) => {
      const tables: TableComparison[] = []
      for (const [done, name] of names.entries()) {
        onTable?.(name, done, names.length)
        tables.push(await compareTable(options, session, name))
      }
      return tables
    }),
  )
}

async function compareTable(options: CompareOptions, session: Session, name: string): Promise<TableComparison> {
  const { dataset, from, to, examplesMax } = options
  const missingIn = [from, to].find(({ tables }) => tables[name] === undefined)
  if (missingIn !== undefined) {
    const has = missingIn === from ? to : from
    const rows = rowsOf(has, name)
    const shape = [`only generation ${has.generation} has it, with ${rows} ${rows === 1 ? 'row' : 'rows'}`]
    return { table: name, equal: null, shape, rows: [] }
  }
  const [files, others] = [from, to].map(({ tables }) => (tables[name] ?? []).map(({ key }) => key).join())
  if (files === others) return { table: name, equal: rowsOf(from, name), shape: [], rows: [] }
  const table = dataset.tables[name] === undefined ? null : tableOf(dataset, name)
  const deletes = table === null ? null : deletesOf(dataset, name)
  const needed = new Set([
    name,
    'rejected',
    ...(table?.kind === 'set' ? [table.owner] : []),
    ...(deletes === null ? [] : [deletes]),
  ])
  return await withTables(options, { session, names: [...needed] }, async (read) => {
    const columns = await compareColumns(session, { dataset, from, to, table, read: (side) => read(side, name) })
    if (columns.paired === null) return { table: name, equal: null, shape: columns.shape, rows: [] }
    const compared = { dataset, name, from, to, read, columns: columns.paired, examplesMax }
    return { table: name, shape: columns.shape, ...(await compareRows(session, compared)) }
  })
}

function rowsOf({ tables }: Manifest, name: string): number {
  return (tables[name] ?? []).reduce((sum, { rows }) => sum + rows, 0)
}

export type Side = 'from' | 'to'

/** SQL of the rows of a generation's table; null if it has no files, and so no rows. */
export type ReadTable = (side: Side, table: string) => string | null

async function withTables<T>(
  { store, ...generations }: CompareOptions,
  { session, names }: { readonly session: Session; readonly names: readonly string[] },
  use: (read: ReadTable) => Promise<T>,
): Promise<T> {
  const sides = ['from', 'to'] as const
  const files = sides.flatMap((side) => names.flatMap((name) => generations[side].tables[name] ?? []))
  return await store.withFiles(files.map(checkedFile), async (paths) => {
    const pathOf = new Map(files.map(({ key }, index) => [key, paths[index] ?? key]))
    return await namingUnreadable(session, { files, paths }, () =>
      use((side, name) => {
        const found = generations[side].tables[name] ?? []
        if (found.length === 0) return null
        return `read_parquet([${list(found.map(({ key }) => literal(pathOf.get(key) ?? key)))}])`
      }),
    )
  })
}
