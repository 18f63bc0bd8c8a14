import { ownerOf, tableOf } from '../declare/define-dataset.ts'
import type { DefinedDataset } from '../declare/define-dataset.ts'
import type { SetTable, Table } from '../declare/dataset.ts'
import { isFedByTombstones } from '../declare/deleted-rows.ts'
import { readsKeys } from './record-keys.ts'
import { columnsSql, elementsOf, feedsSql, valueSql } from './columns/column-value.ts'
import { ident, list } from './sql-text.ts'
import { coveredSql, createTableSql, sameKey, version, versionColumns } from './table-sql.ts'
import type { Tidemark } from '../formats/tidemark.ts'

export type FoldTarget = {
  /** The schema that holds a speed view: per table, the latest row per key that is newer than the generation's. */
  readonly speed: string
  /** The schema with the generation's rows, version included. */
  readonly batch: string
}

/** Statements that make an empty speed view. */
export function createSpeedViewSql(dataset: DefinedDataset, schema: string): readonly string[] {
  return [
    `CREATE SCHEMA IF NOT EXISTS ${schema}`,
    ...Object.keys(dataset.tables).map((name) => createTableSql(dataset, schema, name)),
  ]
}

/**
 * Statements that fold the staged events (rows of `stageSql`) into a speed view. Both layers run exactly these: the
 * speed layer for every micro-batch, the batch layer for raw chunks. The result does not depend on the order or the
 * grouping of events. Run them in one transaction.
 */
export function foldSql(dataset: DefinedDataset, staged: string, target: FoldTarget): readonly string[] {
  const named = (kind: Table['kind']) =>
    Object.keys(dataset.tables).filter((name) => tableOf(dataset, name).kind === kind)
  return [
    ...named('latest').map((name) => foldLatest(dataset, name, { staged, ...target })),
    // A set follows its owner, so the owners are folded first.
    ...named('set').flatMap((name) => foldSet(dataset, name, { staged, ...target })),
    ...named('append').map((name) => foldAppend(dataset, name, { staged, ...target })),
  ]
}

/**
 * Statements that delete from a speed view what a newer generation holds: rows below its tidemark, and late rows that
 * are older than its rows. Run them in the transaction that shows readers the new generation.
 */
export function handOverSql(dataset: DefinedDataset, target: FoldTarget, tidemark: Tidemark): readonly string[] {
  const names = Object.keys(dataset.tables)
  const ordered = [
    ...names.filter((name) => tableOf(dataset, name).kind !== 'set'),
    ...names.filter((name) => tableOf(dataset, name).kind === 'set'),
  ]
  return ordered.flatMap((name) => {
    const speed = `${target.speed}.${ident(name)}`
    const covered = `DELETE FROM ${speed} WHERE ${coveredSql(tidemark)}`
    switch (tableOf(dataset, name).kind) {
      case 'append':
        return [covered]
      case 'latest':
        return [
          covered,
          `DELETE FROM ${speed} s WHERE EXISTS (${winsIn(dataset, name, { batch: target.batch, over: 's' })})`,
        ]
      case 'set': {
        const owner = `${target.speed}.${ident(ownerOf(dataset, name))}`
        return [`DELETE FROM ${speed} e WHERE NOT EXISTS (FROM ${owner} o WHERE ${sameKey(dataset, name, 'o', 'e')})`]
      }
    }
  })
}

type Fold = FoldTarget & { readonly staged: string }

/**
 * The source is in the order of the rows that it updates. The engine updates a vector of rows at a time, and copies all of
 * it for each run of neighbours: thousands of rows in any order take it thirty times as long.
 */
function foldLatest(dataset: DefinedDataset, name: string, { staged, speed, batch }: Fold): string {
  const table = tableOf(dataset, name)
  const columns = [...Object.keys(table.columns).map(ident), ...versionColumns]
  const newest = newestSql(dataset, table, staged)
  const target = `${speed}.${ident(name)}`
  return `MERGE INTO ${target} s
USING (
  SELECT w.* FROM (${newest}) w LEFT JOIN ${target} t ON ${sameKey(dataset, name, 't', 'w')}
  WHERE NOT EXISTS (${winsIn(dataset, name, { batch, over: 'w' })}) ORDER BY t.rowid
) w
ON ${sameKey(dataset, name, 's', 'w')}
WHEN MATCHED AND ${version('w')} > ${version('s')} THEN UPDATE SET ${list(columns.map((column) => `${column} = w.${column}`))}
WHEN NOT MATCHED THEN INSERT (${list(columns)}) VALUES (${list(columns.map((column) => `w.${column}`))})`
}

/**
 * SQL of the newest staged row of each key. Only the place of a row is aggregated, and the row is read for the winners:
 * an aggregate of whole rows, with their texts, costs twice as much or more.
 */
function newestSql(dataset: DefinedDataset, table: Table, staged: string): string {
  const row = `${columnsSql(dataset, table)}, ${versionSql(table)}`
  const keys = list(
    table.key.flatMap((name) => {
      const column = table.columns[name]
      return column === undefined ? [] : [`${valueSql(dataset, table, column)} AS ${ident(name)}`]
    }),
  )
  const isNotNull = table.key.map((column) => `${ident(column)} IS NOT NULL`).join(' AND ')
  const feeds = isFedBy(dataset, table)
  const winners = (place: string, candidates: string) =>
    `SELECT ${place} FROM (SELECT ${candidates} WHERE ${feeds}) c WHERE ${isNotNull} GROUP BY ${list(table.key.map(ident))}`
  if (elementsOf(table) === null) {
    const rowids = winners(
      `arg_max(c._rowid, ${version('c')})`,
      `rowid AS _rowid, ${keys}, ${versionSql(table)} FROM ${staged}`,
    )
    return `SELECT ${row} FROM ${staged} e WHERE e.rowid IN (${rowids})`
  }
  const versions = winners(
    `max(${version('c')}) AS _version`,
    `${keys}, ${versionSql(table)} FROM ${sourceSql(table, staged)}`,
  )
  const events = `(SELECT e.* FROM ${staged} e SEMI JOIN winners w ON e._partition = w._version[2] AND e._offset = w._version[3])`
  return `WITH winners AS MATERIALIZED (${versions}) SELECT ${row} FROM ${sourceSql(table, events)} e SEMI JOIN winners w ON ${version('e')} = w._version`
}

/** Rows of the generation that are as new as the row `over` of the same key, or newer. */
function winsIn(dataset: DefinedDataset, name: string, { batch, over }: { batch: string; over: string }): string {
  return `FROM ${batch}.${ident(name)} b WHERE ${sameKey(dataset, name, over, 'b')} AND ${version('b')} >= ${version(over)}`
}

/**
 * Replaces the sets of owners whose newest event is among the staged ones; by nothing if that event has no elements.
 */
function foldSet(dataset: DefinedDataset, name: string, { staged, speed }: Fold): readonly string[] {
  const table = tableOf(dataset, name)
  if (table.kind !== 'set') return []
  const [set, owner] = [`${speed}.${ident(name)}`, `${speed}.${ident(table.owner)}`]
  const ofOwners = `(SELECT e.* FROM ${staged} e SEMI JOIN ${owner} o ON e._partition = o._partition AND e._offset = o._offset)`
  const changed = `(SELECT o.* FROM ${owner} o SEMI JOIN ${staged} e ON e._partition = o._partition AND e._offset = o._offset)`
  const rows = `SELECT ${columnsSql(dataset, table)}, ${versionSql(table)} FROM ${sourceSql(table, ofOwners)}`
  return [
    `DELETE FROM ${set} s USING ${changed} o WHERE ${sameKey(dataset, name, 's', 'o')}`,
    `INSERT INTO ${set} ${distinctRows(table, rows)}`,
  ]
}

/**
 * The rows of a set. Of equal elements the first stays. All elements of an owner are of one event, so they differ in
 * their position only. Equal numbers may be written differently (0 and -0), so even a number that elements are equal by
 * is the first one's.
 */
function distinctRows(table: SetTable, rows: string): string {
  const by = [...table.key, ...table.distinct]
  const isNotNull = by.map((column) => `${ident(column)} IS NOT NULL`).join(' AND ')
  const columns = Object.entries(table.columns).map(([name, { type }]) => {
    const column = ident(name)
    return by.includes(name) && type !== 'DOUBLE' ? column : `arg_min_null(${column}, _position) AS ${column}`
  })
  const version = versionColumns.map((column) =>
    column === '_position' ? 'min(_position) AS _position' : `any_value(${column}) AS ${column}`,
  )
  return `SELECT ${list([...columns, ...version])} FROM (${rows}) WHERE ${isNotNull} GROUP BY ${list(by.map(ident))}`
}

function foldAppend(dataset: DefinedDataset, name: string, { staged, speed }: Fold): string {
  const table = tableOf(dataset, name)
  const feeds = name === 'rejected' ? 'reason IS NOT NULL' : isFedBy(dataset, table)
  return `INSERT INTO ${speed}.${ident(name)} SELECT ${columnsSql(dataset, table)}, ${versionSql(table)} FROM ${staged} WHERE ${feeds}`
}

/**
 * SQL of whether a staged row feeds the table. A tombstone feeds the deletes of the tables that declare it, and nothing
 * else.
 */
function isFedBy(dataset: DefinedDataset, table: Table): string {
  const feeds = feedsSql(dataset, table)
  const isFed = feeds === null ? 'reason IS NULL' : `reason IS NULL AND ${feeds}`
  if (!readsKeys(dataset)) return isFed
  if (!isFedByTombstones(table)) return `${isFed} AND tombstone IS NULL`
  return feeds === null ? 'tombstone IS NOT NULL' : `(tombstone IS NOT NULL OR ${isFed})`
}

/**
 * SQL of the rows that a table's columns read: staged events, or one row per element, with `element` and `_position`.
 */
function sourceSql(table: Table, staged: string): string {
  const each = elementsOf(table)
  if (each === null) return staged
  return `(SELECT *, unnest(${each}) AS element, generate_subscripts(${each}, 1)::INTEGER AS _position FROM ${staged})`
}

function versionSql(table: Table): string {
  return `_time, _partition, _offset, ${elementsOf(table) === null ? '0::INTEGER AS _position' : '_position'}`
}
