import { ownerOf, tableOf } from '../../schemas/declare/define-dataset.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { textsOf } from '../../schemas/ports/engine.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { ident, list, literal } from '../../schemas/sql/sql-text.ts'
import { coveredSql, deletesOf } from '../../schemas/sql/table-sql.ts'
import type { PairedColumn, PairedColumns } from './compare-columns.ts'
import type { ReadTable, Side } from './compare-generations.ts'

/** Rows that differ in the same way for the same reason. */
export type RowDifference = {
  /** The side that alone has the rows; `both` if the values differ. */
  readonly where: Side | 'both'
  readonly why: string
  readonly count: number
  /** The keys of some of the rows, with the place in the log of the event that the reason is about. */
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
    `SELECT side, why, count(*) AS n, min(example, ${examplesMax}) AS examples
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

/** A reason for which rows differ, and the alias of the row whose event it is about. The first that holds counts. */
type Reason = { readonly holds: string; readonly why: string; readonly about: string }

/**
 * SQL of a row for each pair that differs, and for each row without a counterpart: side, reason and example. `l` and `s`
 * are the rows of the two generations. Where one of them is missing, its owner's row (`lo`, `so`) or the delete of its key
 * (`ld`, `sd`) on that side may say why. `lr` and `sr` are what `from` rejected of the events of `to`, and the reverse.
 */
function explainedSql(compared: Compared): string {
  const { dataset, name, columns } = compared
  const reasons = reasonsOf(compared)
  const key = columns.key.map(
    (column) =>
      `${literal(`${column.name}=`)} || coalesce(l.${ident(column.name)}::VARCHAR, s.${ident(column.name)}::VARCHAR)`,
  )
  const placeOf = (alias: string) => `${alias}._partition || '@' || ${alias}._offset`
  const place = reasons.map(({ holds, about }) => `WHEN ${holds} THEN ${placeOf(about)}`).join('\n    ')
  return `SELECT
  CASE WHEN s._offset IS NULL THEN 'from' WHEN l._offset IS NULL THEN 'to' ELSE 'both' END AS side,
  CASE
    ${reasons.map(({ holds, why }) => `WHEN ${holds} THEN ${why}`).join('\n    ')}
  END AS why,
  ${key.join(` || ', ' || `)} || ${literal(` (${dataset.topic}/`)} || CASE
    ${place}
  END || ')' AS example
FROM ${rowsSql(compared, 'from', name)} l
FULL JOIN ${rowsSql(compared, 'to', name)} s ON ${columns.key.map(equal).join(' AND ')}
LEFT JOIN ${ownersSql(compared, 'from')} lo ON l._offset IS NULL AND ${ofOwner(compared, 'lo', 's')}
LEFT JOIN ${ownersSql(compared, 'to')} so ON s._offset IS NULL AND ${ofOwner(compared, 'so', 'l')}
LEFT JOIN ${deletesSql(compared, 'from')} ld ON l._offset IS NULL AND ${ofDelete(compared, 'ld', 's')}
LEFT JOIN ${deletesSql(compared, 'to')} sd ON s._offset IS NULL AND ${ofDelete(compared, 'sd', 'l')}
LEFT JOIN ${rejectedSql(compared, 'from')} lr ON ${atPlace('lr', 's', 'so', 'sd')}
LEFT JOIN ${rejectedSql(compared, 'to')} sr ON ${atPlace('sr', 'l', 'lo', 'ld')}
WHERE ${['l._offset IS NULL', 's._offset IS NULL', ...columns.compared.map(differs)].join(' OR ')}`
}

function reasonsOf({ name, from, to, columns }: Compared): readonly Reason[] {
  const differing = columns.compared.map((column) => `CASE WHEN ${differs(column)} THEN ${literal(column.name)} END`)
  const names = `concat_ws(', ', ${list(['NULL', ...differing])})`
  const [older, newer] = [`generation ${from.generation}`, `generation ${to.generation}`]
  const sides = [
    { row: 's', owner: 'so', deleted: 'sd', rejected: 'lr', lacking: older },
    { row: 'l', owner: 'lo', deleted: 'ld', rejected: 'sr', lacking: newer },
  ]
  const uncovered = sides.flatMap(({ row, owner, deleted, lacking }) => {
    const events = `events that ${lacking} does not cover`
    return [
      { holds: `NOT ${row}._covered`, why: literal(`of ${events}`), about: row },
      { holds: `NOT ${owner}._covered`, why: literal(`replaced by ${events}`), about: owner },
      { holds: `NOT ${deleted}._covered`, why: literal(`deleted by ${events}`), about: deleted },
    ]
  })
  const refused = sides.flatMap(({ row, owner, deleted, rejected, lacking }) => {
    const events = `events that ${lacking} rejected: `
    const reason = (alias: string, how: string): Reason => ({
      holds: `${rejected}.reason IS NOT NULL AND ${alias}._offset IS NOT NULL`,
      why: `${literal(`${how} ${events}`)} || ${rejected}.reason`,
      about: alias,
    })
    return [reason(row, 'of'), reason(owner, 'replaced by'), reason(deleted, 'deleted by')]
  })
  const none = (generation: string): string =>
    literal(name === 'rejected' ? `accepted by ${generation}` : `${generation} makes no such rows`)
  return [
    ...uncovered,
    ...refused,
    { holds: 'sd._offset IS NOT NULL', why: literal(`deleted in ${newer}`), about: 'sd' },
    { holds: 'ld._offset IS NOT NULL', why: literal(`deleted in ${older}`), about: 'ld' },
    { holds: 's._offset IS NULL', why: none(newer), about: 'l' },
    { holds: 'l._offset IS NULL', why: none(older), about: 's' },
    {
      holds: '(l._partition, l._offset) = (s._partition, s._offset)',
      why: `'of the same events, in ' || ${names}`,
      about: 's',
    },
    { holds: 'true', why: `'of other events, in ' || ${names}`, about: 's' },
  ]
}

function equal(column: PairedColumn): string {
  return ofBoth(column).join(' = ')
}

function differs(column: PairedColumn): string {
  return ofBoth(column).join(' IS DISTINCT FROM ')
}

function ofBoth({ name, asText }: PairedColumn): readonly string[] {
  return ['l', 's'].map((alias) => `${alias}.${ident(name)}${asText ? '::VARCHAR' : ''}`)
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

const noRows = '(SELECT NULL::INTEGER AS _partition, NULL::BIGINT AS _offset, NULL::BOOLEAN AS _covered WHERE false)'

/** The rows that own a set: the event of an owner decides which elements its set has. None for other tables. */
function ownersSql(compared: Compared, side: Side): string {
  const { dataset, name } = compared
  return tableOf(dataset, name).kind === 'set' ? rowsSql(compared, side, ownerOf(dataset, name)) : noRows
}

/** Generations of two declarations may have keys of other types. */
function sameKeyAsText({ dataset, name }: Compared, one: string, other: string): string {
  const { key } = tableOf(dataset, ownerOf(dataset, name))
  return key.map((column) => `${one}.${ident(column)}::VARCHAR = ${other}.${ident(column)}::VARCHAR`).join(' AND ')
}

function ofOwner(compared: Compared, owner: string, row: string): string {
  return tableOf(compared.dataset, compared.name).kind === 'set' ? sameKeyAsText(compared, owner, row) : 'false'
}

/** The newest deletes, by the key of the table or of the owner of a set. None for a table that nothing deletes from. */
function deletesSql(compared: Compared, side: Side): string {
  const deletes = deletesOf(compared.dataset, compared.name)
  if (deletes === null) return noRows
  const isIn = compared.read('from', deletes) ?? compared.read('to', deletes)
  return isIn === null ? noRows : rowsSql(compared, side, deletes)
}

function ofDelete(compared: Compared, deleted: string, row: string): string {
  const { dataset, name, read } = compared
  const deletes = deletesOf(dataset, name)
  if (deletes === null || (read('from', deletes) ?? read('to', deletes)) === null) return 'false'
  // An event that deletes in one generation may have made the row and its elements in the other.
  const event = (alias: string) => `(${alias}._time, ${alias}._partition, ${alias}._offset)`
  return `${sameKeyAsText(compared, deleted, row)} AND ${event(deleted)} >= ${event(row)}`
}

function rejectedSql({ name, read }: Compared, side: Side): string {
  const rows = name === 'rejected' ? null : read(side, 'rejected')
  return rows === null
    ? '(SELECT NULL::INTEGER AS log_partition, NULL::BIGINT AS log_offset, NULL::VARCHAR AS reason WHERE false)'
    : `(SELECT log_partition, log_offset, reason FROM ${rows})`
}

/** The rejected event that made a row of the other side, or the owner or the delete of what is not there. */
function atPlace(rejected: string, ...aliases: readonly string[]): string {
  const of = (column: string): string => `coalesce(${list(aliases.map((alias) => `${alias}.${column}`))})`
  return `${rejected}.log_partition = ${of('_partition')} AND ${rejected}.log_offset = ${of('_offset')}`
}
