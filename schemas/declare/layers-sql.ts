import type { Count, Dataset, NamedQuery, Table } from './dataset.ts'
import { sqlSchemas } from '../sql/sql-schemas.ts'
import { ident, literal } from '../sql/sql-text.ts'

/** The query `layers` and a feed of it. */
export function layersInterface(dataset: Dataset): Pick<Dataset, 'queries' | 'feeds'> {
  const layers = {
    description: 'How the layers make each count.',
    answers: { layers: { query: 'layers' } },
    parameters: [],
  }
  return { queries: { layers: layersQuery(dataset) }, feeds: { layers } }
}

/**
 * One row per declared count, with how the layers make it: `merged = batch - overridden + speed`. `overridden` are the
 * rows of the batch view whose key has a newer row in the speed view; `naive` counts events as they came, which is what
 * adding a real-time count to a historical count comes to. The answer is the same under every view.
 */
function layersQuery({ name: dataset, counts, tables }: Pick<Dataset, 'name' | 'counts' | 'tables'>): NamedQuery {
  const rows = Object.entries(counts).map(([name, count], position) =>
    countSql(dataset, { name, count, position, tables }),
  )
  return {
    description:
      'Per count: what the batch layer answers, what the speed layer overrides and adds, and what adding would have said.',
    sql: `SELECT count, title, batch, overridden, speed, batch - overridden + speed AS merged, naive FROM (
${rows.join('\nUNION ALL\n')}
) ORDER BY position`,
    parameters: {},
  }
}

type Counted = {
  readonly name: string
  readonly count: Count
  readonly position: number
  readonly tables: Readonly<Record<string, Table>>
}

function countSql(dataset: string, { name, count, position, tables }: Counted): string {
  const { batch, speed, merged } = sqlSchemas(dataset)
  const table = ident(count.table)
  const key = tables[count.table]?.key ?? []
  const isNewer = key.map((column) => `s.${ident(column)} = b.${ident(column)}`).join(' AND ')
  return `SELECT ${literal(name)} AS count, ${literal(count.title)} AS title, ${position} AS position,
  (SELECT count(*) FROM ${batch}.${table} WHERE ${count.where}) AS batch,
  (SELECT count(*) FROM (FROM ${batch}.${table} WHERE ${count.where}) b WHERE EXISTS (FROM ${speed}.${table} s WHERE ${isNewer})) AS overridden,
  (SELECT count(*) FROM ${speed}.${table} WHERE ${count.where}) AS speed,
  (SELECT count(*) FROM ${merged}.${ident(count.naive.table)} WHERE ${count.naive.where}) AS naive`
}
