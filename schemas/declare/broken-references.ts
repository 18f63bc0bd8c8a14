import type { Dataset, NamedQuery, Table } from './dataset.ts'
import { referencesOf } from './references.ts'
import type { Reference } from './references.ts'
import { ident, literal } from '../sql/sql-text.ts'

/** The name of the query and of its feed. */
const brokenReferences = 'broken-references'

/** The query, feed and panel that count broken references; none if no table refers to another. */
export function brokenReferencesInterface(
  tables: Readonly<Record<string, Table>>,
): Pick<Dataset, 'queries' | 'feeds' | 'panels'> {
  const references = referencesOf(tables)
  if (references.length === 0) return { queries: {}, feeds: {}, panels: [] }
  return {
    queries: { [brokenReferences]: brokenQuery(references) },
    feeds: {
      [brokenReferences]: {
        description: 'Rows that refer to a row that is not there.',
        answers: { references: { query: brokenReferences } },
        parameters: [],
      },
    },
    panels: [
      {
        kind: 'list',
        page: 'quality',
        title: 'References',
        note: 'Orphans are rows whose value is no key of the table that it refers to. No event is refused for that: what it refers to may come later.',
        feed: brokenReferences,
        answer: 'references',
        columns: ['column', 'refers_to', 'orphans', 'rows_with_value'],
      },
    ],
  }
}

function brokenQuery(references: readonly Reference[]): NamedQuery {
  return {
    description:
      'Per reference: rows whose value is no key of the table that it refers to (orphans), and rows that have a value at all. Under one layer alone, what only the other one holds is missing too.',
    sql: `${references.map(countSql).join('\nUNION ALL\n')}\nORDER BY "column"`,
    parameters: {},
  }
}

/** Both sides have one column of one name, so that no name of a table or a column can collide with another. */
function countSql({ table, column, to }: Reference): string {
  const values = `SELECT ${ident(column)} AS value FROM ${ident(table)} WHERE ${ident(column)} IS NOT NULL`
  const keys = `SELECT ${ident(to.column)} AS value FROM ${ident(to.table)}`
  return `SELECT ${literal(`${table}.${column}`)} AS "column", ${literal(`${to.table}.${to.column}`)} AS refers_to,
  (SELECT count(*) FROM (${values}) ANTI JOIN (${keys}) USING (value)) AS orphans,
  (SELECT count(${ident(column)}) FROM ${ident(table)}) AS rows_with_value`
}
