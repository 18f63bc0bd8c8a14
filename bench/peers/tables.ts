import { publicColumns } from '../../schemas/sql/table-sql.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { ident, list, literal } from '../../schemas/sql/sql-text.ts'
import { join } from 'node:path'

/** SQL of each table's rows. */
export type TableRows = ReadonlyMap<string, string>

/** Peers write no rejected events: there are none. */
const names = Object.keys(rsvp.tables).filter((name) => name !== 'rejected')

/** The tables of a generation in a folder store. */
export function generationRows({ tables }: Manifest, store: string): TableRows {
  return rowsOf((name) => (tables[name] ?? []).map(({ key }) => join(store, key)))
}

/** The tables that a peer wrote: for each, a file in `folder`, or the files that the other ending says. */
export function peerRows(folder: string, ending = '.parquet'): TableRows {
  return rowsOf((name) => [join(folder, `${name}${ending}`)])
}

function rowsOf(filesOf: (name: string) => readonly string[]): TableRows {
  return new Map(
    names.map((name) => {
      const files = filesOf(name)
      const from = files.length === 0 ? '(SELECT 1) WHERE false' : `read_parquet([${list(files.map(literal))}])`
      return [name, `SELECT ${publicColumns(rsvp, name)} FROM ${from}`]
    }),
  )
}

/** Throws if two sets of tables differ, naming each table that does. Nothing is timed before that. */
export async function requireSameTables(
  session: Session,
  [ours, theirs]: readonly [TableRows, TableRows],
  peer: string,
): Promise<void> {
  const faults: string[] = []
  for (const [name, rows] of ours) {
    const [left, right] = [await digest(session, name, rows), await digest(session, name, theirs.get(name) ?? '')]
    if (left !== right) faults.push(`${name} (ours ${left}, ${peer} ${right})`)
  }
  if (faults.length > 0) throw new Error(`not the same answers as ${peer}: ${faults.join('; ')}`)
}

/** The number of rows and a hash of all of them, whatever their order and the width of their types. */
async function digest(session: Session, name: string, rows: string): Promise<string> {
  const columns = Object.entries(rsvp.tables[name]?.columns ?? {}).map(
    ([column, { type }]) => `${ident(column)}::${type}`,
  )
  const [row] = await session.rows(
    `SELECT count(*)::VARCHAR AS n, coalesce(sum(hash(${list(columns)})::HUGEINT), 0)::VARCHAR AS h FROM (${rows})`,
  )
  return `${String(row?.['n'])} rows, hash ${String(row?.['h'])}`
}
