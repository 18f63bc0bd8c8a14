import type { Session } from '../../../schemas/ports/engine.ts'
import { readEach, valuesSql } from '../../oracle/read-tables.ts'
import { columnsOf } from '../../oracle/rows.ts'
import type { TableColumns, TablesOf } from '../../oracle/rows.ts'

/**
 * Partitions of a world. A world is a log of its own among many that are folded by the same statements: its partitions are
 * its own, and so are its keys, because each carries the world's number. Rows of two worlds never meet, and a statement
 * costs little more for a hundred worlds than for one.
 */
export const partitionsMax = 4

/** Ids of events lie below it. */
const idsEnd = 10_000_000_000n

/** Text keys begin with the world's number in so many digits: there are at most 10,000 worlds. */
const prefixLength = 4

/** How the keys of a dataset carry the world's number. */
export type WorldKeys = {
  /** SQL of an event whose keys carry its world, from `event` and `world`. */
  readonly eventSql: string
  /** The same of a tombstone, from `tombstone`, if the dataset declares any. */
  readonly tombstoneSql?: string
  /** The column that tells the world of a row, for each table. */
  readonly tellingColumn: Readonly<Record<string, string>>
  /** Columns that hold such keys: integers made by `numbered`, texts made by `prefixed`. */
  readonly numbers: readonly string[]
  readonly texts: readonly string[]
}

/** SQL of an integer key, and of a text, that carry the world's number. */
export const numbered = (id: string) => `world * ${idsEnd} + ${id}`
export const prefixed = (text: string) => `lpad(world::VARCHAR, ${prefixLength}, '0') || ${text}`

type Told = { readonly merged: string; readonly told: string; readonly tables: TableColumns; readonly keys: WorldKeys }

/** Makes views that tell the rows of `merged` per world, as values of the recount, with the keys as they were sent. */
export async function createToldViews(session: Session, { merged, told, tables, keys }: Told): Promise<void> {
  await session.run(`CREATE SCHEMA ${told}`)
  for (const table of Object.keys(tables)) {
    const columns = columnsOf(tables, table).map(([name]) => `${originalSql(keys, name)} AS "${name}"`)
    const world = worldSql(keys, keys.tellingColumn[table] ?? 'log_partition')
    await session.run(`CREATE VIEW ${told}."${table}" AS
      SELECT ${world} AS world, ${columns.join(', ')} FROM (SELECT ${valuesSql(tables, table)} FROM ${merged}."${table}")`)
  }
}

export function readWorld(
  session: Session,
  { told, tables }: Pick<Told, 'told' | 'tables'>,
  world: number,
): Promise<TablesOf> {
  return readEach(session, tables, (table) => `SELECT * EXCLUDE (world) FROM ${told}."${table}" WHERE world = ${world}`)
}

function worldSql({ texts }: WorldKeys, column: string): string {
  if (column === 'log_partition') return `(log_partition // ${partitionsMax})::INTEGER`
  return texts.includes(column) ? `left("${column}", ${prefixLength})::INTEGER` : `("${column}" // ${idsEnd})::INTEGER`
}

function originalSql({ numbers, texts }: WorldKeys, column: string): string {
  if (column === 'log_partition') return `log_partition % ${partitionsMax}`
  if (numbers.includes(column)) return `"${column}" % ${idsEnd}`
  return texts.includes(column) ? `substr("${column}", ${prefixLength + 1})` : `"${column}"`
}
