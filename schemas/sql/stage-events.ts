import type { DefinedDataset } from '../declare/define-dataset.ts'
import { readsKeys } from './record-keys.ts'
import { isOutOfMemory } from '../ports/engine.ts'
import type { Session } from '../ports/engine.ts'
import { stageGoodSql, stageSql } from './stage-sql.ts'
import { parsedBytesMax } from './verdict-sql.ts'

/**
 * The engine parses some two thousand events at once. It holds a multiple of their bytes, up to sixty times for arrays
 * of single digits, in memory that it cannot spill. So only events up to `shortBytesMax` are parsed all at once; longer
 * ones are parsed in pieces of `pieceBytesMax`.
 */
const shortBytesMax = 4 * 1024
const pieceBytesMax = parsedBytesMax

export type StageOptions = {
  readonly dataset: DefinedDataset
  /** A table of records, or a query in parentheses. It is read several times. */
  readonly source: string
  /** An empty table that `createStagedSql` made. */
  readonly staged: string
  /** How many records the source has. */
  readonly recordCount: number
}

/** The statement that makes an empty table of staged events. */
export function createStagedSql(
  dataset: DefinedDataset,
  { source, staged }: Pick<StageOptions, 'source' | 'staged'>,
): string {
  return `CREATE OR REPLACE TEMP TABLE ${staged} AS ${stageGoodSql(dataset, `(FROM ${source} LIMIT 0)`)} LIMIT 0`
}

/**
 * The statement that empties a temporary table. DELETE would keep the rows in memory while any transaction is open,
 * even if it reads other tables.
 */
export function emptySql(table: string): string {
  return `CREATE OR REPLACE TEMP TABLE ${table} AS FROM ${table} LIMIT 0`
}

/**
 * Fills `staged` with the rows of `stageSql`, most often in one statement. If a statement runs out of memory, its piece
 * is halved, down to a single event; so memory never changes a verdict. Call it outside of a transaction, which such a
 * failure would end.
 */
export async function stageEvents(session: Session, options: StageOptions): Promise<void> {
  const { dataset, source, staged, recordCount } = options
  try {
    const short = `(FROM ${source} WHERE octet_length(value) <= ${shortBytesMax})`
    await session.run(`INSERT INTO ${staged} ${stageGoodSql(dataset, short)}`)
  } catch (error) {
    if (!isOutOfMemory(error)) throw error
  }
  const [counted] = await session.rows(
    `SELECT count(*) FILTER (reason IS NULL) AS good, count(reason) AS unknown FROM ${staged}`,
  )
  if (Number(counted?.['good']) === recordCount) return
  if (counted?.['unknown'] !== 0n) await session.run(`DELETE FROM ${staged} WHERE reason IS NOT NULL`)
  // A tombstone has a key in place of a value.
  const parsed = readsKeys(dataset) ? 'coalesce(value, "key")' : 'value'
  const left = await session.rows(
    `SELECT "partition", "offset", coalesce(octet_length(${parsed}), 0) AS bytes FROM ${unstagedSql(options)} ORDER BY "partition", "offset"`,
  )
  const records = left.map((row) => ({
    partition: Number(row['partition']),
    offset: String(row['offset']),
    bytes: Number(row['bytes']),
  }))
  for (const piece of piecesOf(records)) await stagePiece(session, options, piece)
}

type LeftRecord = { readonly partition: number; readonly offset: string; readonly bytes: number }

async function stagePiece(session: Session, options: StageOptions, piece: readonly LeftRecord[]): Promise<void> {
  const { dataset, staged } = options
  const [first, last] = [piece[0], piece.at(-1)]
  if (first === undefined || last === undefined) return
  const range = `"partition" = ${first.partition} AND "offset" BETWEEN ${first.offset} AND ${last.offset}`
  const records = `(SELECT s.* FROM ${unstagedSql(options)} WHERE ${range})`
  try {
    await session.run(`INSERT INTO ${staged} ${stageSql(dataset, records)}`)
  } catch (error) {
    if (!isOutOfMemory(error) || piece.length === 1) throw error
    const half = Math.ceil(piece.length / 2)
    await stagePiece(session, options, piece.slice(0, half))
    await stagePiece(session, options, piece.slice(half))
  }
}

/** Records of the source, as `s`, that have no staged row yet. */
function unstagedSql({ source, staged }: StageOptions): string {
  return `${source} s ANTI JOIN ${staged} e ON e._partition = s."partition" AND e._offset = s."offset"`
}

/** Cuts records into runs of one partition with at most `pieceBytesMax` bytes, or one record. */
function piecesOf(records: readonly LeftRecord[]): readonly (readonly LeftRecord[])[] {
  const pieces: LeftRecord[][] = []
  let bytes = 0
  for (const record of records) {
    const piece = pieces.at(-1)
    bytes += record.bytes
    if (piece?.[0]?.partition === record.partition && bytes <= pieceBytesMax) {
      piece.push(record)
      continue
    }
    pieces.push([record])
    bytes = record.bytes
  }
  return pieces
}
