import { ownerOf, tableOf } from '../../schemas/declare/define-dataset.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { textsOf } from '../../schemas/ports/engine.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { ident, list, literal } from '../../schemas/sql/sql-text.ts'
import { coveredSql } from '../../schemas/sql/table-sql.ts'
import type { PairedColumn, PairedColumns } from './compare-columns.ts'
import type { ReadTable, Side } from './compare-generations.ts'

/** Rows that differ in the same way for the same reason. */
export type RowDifference = {
  /** The side that alone has the rows; `both` if the values differ. */
  readonly where: Side | 'both'
  readonly why: string
  readonly count: number
  /** The keys of some of the rows, with the place of their events in the log. */
  readonly examples: readonly string[]
}

type Compared = {
  readonly dataset: DefinedDataset
  readonly name: string
  readonly from: Manifest
  readonly to: Manifest
  readonly read: ReadTable
  readonly columns: PairedColumns
  readonly examplesMax: number
}

/** Pairs the rows of a table by its key and compares their values. Versions are not compared: nobody sees them. */
export async function compareRows(
  session: Session,
  compared: Compared,
): Promise<{ readonly equal: number; readonly rows: readonly RowDifference[] }> {
  const { from, name, read, examplesMax } = compared
  const total = (from.tables[name] ?? []).reduce((sum, { rows }) => sum + rows, 0)
  if (read('from', name) === null && read('to', name) === null) return { equal: 0, rows: [] }
  const found = await session.rows(
    `SELECT side, why, count(*) AS n, (list(example ORDER BY example))[1:${examplesMax}] AS examples
     FROM (${explainedSql(compared)}) GROUP BY ALL ORDER BY side, n DESC, why`,
  )
  const rows = found.map(({ side, why, n, examples }): RowDifference => ({
    where: side === 'from' || side === 'to' ? side : 'both',
    why: String(why),
    count: Number(n),
    examples: textsOf(examples),
  }))
  const unequal = rows.reduce((sum, { where, count }) => (where === 'to' ? sum : sum + count), 0)
  return { equal: total - unequal, rows }
}

/** SQL of a row for each pair that differs, and for each row without a counterpart: side, reason and example. */
function explainedSql(compared: Compared): string {
  const { dataset, name, from, to, columns } = compared
  const differing = columns.compared.map((column) => `CASE WHEN ${differs(column)} THEN ${literal(column.name)} END`)
  const names = `concat_ws(', ', ${list(['NULL', ...differing])})`
  const key = columns.key.map(
    (column) =>
      `${literal(`${column.name}=`)} || coalesce(l.${ident(column.name)}::VARCHAR, s.${ident(column.name)}::VARCHAR)`,
  )
  const place = `${literal(`${dataset.topic}/`)} || coalesce(s._partition, l._partition) || '@' || coalesce(s._offset, l._offset)`
  const [older, newer] = [`generation ${from.generation}`, `generation ${to.generation}`]
  const none = (generation: string): string =>
    literal(name === 'rejected' ? `accepted by ${generation}` : `${generation} makes no such rows`)
  return `SELECT
  CASE WHEN s._offset IS NULL THEN 'from' WHEN l._offset IS NULL THEN 'to' ELSE 'both' END AS side,
  CASE
    WHEN NOT coalesce(s._covered, so._covered, true) THEN ${literal(`of events that ${older} does not cover`)}
    WHEN NOT coalesce(l._covered, lo._covered, true) THEN ${literal(`of events that ${newer} does not cover`)}
    WHEN lr.reason IS NOT NULL THEN ${literal(`of events that ${older} rejected: `)} || lr.reason
    WHEN sr.reason IS NOT NULL THEN ${literal(`of events that ${newer} rejected: `)} || sr.reason
    WHEN s._offset IS NULL THEN ${none(newer)}
    WHEN l._offset IS NULL THEN ${none(older)}
    WHEN (l._partition, l._offset) = (s._partition, s._offset) THEN 'of the same events, in ' || ${names}
    ELSE 'of other events, in ' || ${names}
  END AS why,
  ${key.join(` || ', ' || `)} || ' (' || ${place} || ')' AS example
FROM ${rowsSql(compared, 'from', name)} l
FULL JOIN ${rowsSql(compared, 'to', name)} s ON ${columns.key.map((column) => equal(column)).join(' AND ')}
LEFT JOIN ${ownersSql(compared, 'from')} lo ON l._offset IS NULL AND ${ofOwner(compared, 'lo', 's')}
LEFT JOIN ${ownersSql(compared, 'to')} so ON s._offset IS NULL AND ${ofOwner(compared, 'so', 'l')}
LEFT JOIN ${rejectedSql(compared, 'from')} lr ON ${atPlace('lr', 's', 'so')}
LEFT JOIN ${rejectedSql(compared, 'to')} sr ON ${atPlace('sr', 'l', 'lo')}
WHERE ${['l._offset IS NULL', 's._offset IS NULL', ...columns.compared.map(differs)].join(' OR ')}`
}

function equal({ name, asText }: PairedColumn): string {
  const cast = asText ? '::VARCHAR' : ''
  return `l.${ident(name)}${cast} = s.${ident(name)}${cast}`
}

function differs({ name, asText }: PairedColumn): string {
  const cast = asText ? '::VARCHAR' : ''
  return `l.${ident(name)}${cast} IS DISTINCT FROM s.${ident(name)}${cast}`
}

/** The rows of one side, each with whether the other generation covers its event. */
function rowsSql({ from, to, read }: Compared, side: Side, name: string): string {
  const covers = side === 'from' ? to : from
  const covered = `${coveredSql(covers.tidemark)} AS _covered`
  const rows = read(side, name)
  if (rows !== null) return `(SELECT *, ${covered} FROM ${rows})`
  const other = read(side === 'from' ? 'to' : 'from', name)
  return other === null ? noRows : `(SELECT *, ${covered} FROM ${other} WHERE false)`
}

/** The rows that own a set: the event of an owner decides which elements its set has. None for other tables. */
function ownersSql(compared: Compared, side: Side): string {
  const owner = ownerOf(compared.dataset, compared.name)
  return owner === compared.name ? noRows : rowsSql(compared, side, owner)
}

const noRows = '(SELECT NULL::INTEGER AS _partition, NULL::BIGINT AS _offset, NULL::BOOLEAN AS _covered WHERE false)'

function ofOwner({ dataset, name }: Compared, owner: string, row: string): string {
  const { kind, key } = tableOf(dataset, name)
  return kind === 'set'
    ? key.map((column) => `${owner}.${ident(column)} = ${row}.${ident(column)}`).join(' AND ')
    : 'false'
}

function rejectedSql({ name, read }: Compared, side: Side): string {
  const rows = name === 'rejected' ? null : read(side, 'rejected')
  return rows === null
    ? '(SELECT NULL::INTEGER AS log_partition, NULL::BIGINT AS log_offset, NULL::VARCHAR AS reason WHERE false)'
    : `(SELECT log_partition, log_offset, reason FROM ${rows})`
}

/** The rejected event that made a row of the other side, or the owner of such a row. */
function atPlace(rejected: string, row: string, owner: string): string {
  const of = (column: string): string => `coalesce(${row}.${column}, ${owner}.${column})`
  return `${rejected}.log_partition = ${of('_partition')} AND ${rejected}.log_offset = ${of('_offset')}`
}
