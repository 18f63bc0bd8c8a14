import type { Dataset } from '../declare/dataset.ts'
import { readsKeys } from './record-keys.ts'
import type { EngineColumn } from '../ports/engine.ts'

/** A record of the log, as it is judged and parsed. */
export type IncomingRecord = {
  readonly partition: number
  readonly offset: bigint
  /** Epoch milliseconds. */
  readonly timestamp: bigint
  readonly hasLogTime: boolean
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

/** What says whether the keys of records are read. */
type Declared = Pick<Dataset, 'tables'>

const columns = [
  ['"partition"', 'INTEGER'],
  ['"offset"', 'BIGINT'],
  ['"timestamp"', 'BIGINT'],
  ['has_log_time', 'BOOLEAN'],
  ['read_at', 'BIGINT'],
  ['value', 'BLOB'],
] as const

function columnsFor(declared: Declared): readonly (readonly [string, string])[] {
  return readsKeys(declared) ? [...columns, ['"key"', 'BLOB']] : columns
}

/** The columns that `stageSql` reads. */
export function incomingColumns(declared: Declared): string {
  return columnsFor(declared)
    .map((column) => column.join(' '))
    .join(', ')
}

/** SQL of records that are given as lists: `$1` and so on are the columns of `columnsOfRecords`. */
export function listedRecordsSql(declared: Declared): string {
  const lists = columnsFor(declared).map(([name, type], index) => `unnest($${index + 1}::${type}[]) AS ${name}`)
  return `(SELECT ${lists.join(', ')})`
}

/** Records that were read at `readAtMs` at the latest, as `incomingColumns` names them. */
export function columnsOfRecords(
  declared: Declared,
  records: readonly IncomingRecord[],
  readAtMs: number,
): readonly EngineColumn[] {
  const readAt = BigInt(readAtMs)
  return [
    { type: 'INTEGER', cells: records.map(({ partition }) => partition) },
    { type: 'BIGINT', cells: records.map(({ offset }) => offset) },
    { type: 'BIGINT', cells: records.map(({ timestamp }) => timestamp) },
    { type: 'BOOLEAN', cells: records.map(({ hasLogTime }) => hasLogTime) },
    { type: 'BIGINT', cells: records.map(() => readAt) },
    { type: 'BLOB', cells: records.map(({ value }) => value) },
    ...(readsKeys(declared) ? [{ type: 'BLOB', cells: records.map(({ key }) => key) } as const] : []),
  ]
}

const [fewMax, fewBytesMax, shortBytesMax] = [200, 256 * 1024, 4096]

/** Few and short: for them, planning a statement takes longer than running it, and they fit into any memory. */
export function areFew(records: readonly IncomingRecord[]): boolean {
  let bytes = 0
  const isShort = ({ value }: IncomingRecord): boolean => {
    bytes += value?.byteLength ?? 0
    return value !== null && value.byteLength <= shortBytesMax
  }
  return records.length <= fewMax && records.every(isShort) && bytes <= fewBytesMax
}
