import { stat } from 'node:fs/promises'
import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import { ownerOf, tableOf } from '../schemas/declare/define-dataset.ts'
import type { Cell, Session } from '../schemas/ports/engine.ts'
import type { DataFile, Manifest } from '../schemas/formats/manifest.ts'
import { sha256Of } from '../schemas/formats/own-digest.ts'
import { ident, list, literal } from '../schemas/sql/sql-text.ts'
import type { ObjectStore } from '../schemas/ports/store.ts'
import { deletesOf, sameKey, versionColumns, withoutDeletedSql } from '../schemas/sql/table-sql.ts'
import { base } from './fold-chunks.ts'
import { planFiles } from './plan-files.ts'
import { delta } from './segments.ts'
import { withWorkFile } from './work-file.ts'

export type TableWriter = {
  readonly dataset: DefinedDataset
  readonly session: Session
  readonly store: ObjectStore
  /** Paths of local copies of the generation's files, by key. */
  readonly localFiles: ReadonlyMap<string, string>
  /** The beginning of the keys of the files it writes. */
  readonly prefix: string
  readonly workFolder: string
  readonly fileRowsMax: number
}

const order = list(versionColumns)

/**
 * Writes the tables of a generation: the rows of the base that are not replaced, and the delta. Returns the files per
 * table, oldest first.
 */
export async function writeTables(writer: TableWriter, base: Manifest | null): Promise<Record<string, DataFile[]>> {
  const tables: Record<string, DataFile[]> = {}
  for (const name of Object.keys(writer.dataset.tables))
    tables[name] = await writeTable(writer, name, base?.tables[name] ?? [])
  return tables
}

async function writeTable(writer: TableWriter, name: string, files: readonly DataFile[]): Promise<DataFile[]> {
  const { session, fileRowsMax } = writer
  const fresh = freshSql(writer, name)
  const [counted] = await session.rows(`SELECT count(*) AS n FROM (${fresh})`)
  const plan = planFiles({
    files,
    replacedRows: await replacedRows(writer, name, files),
    deltaRows: Number(counted?.['n'] ?? 0),
    fileRowsMax,
  })
  const written: DataFile[] = []
  for (const { sources, hasDelta } of plan.rewritten) {
    const parts = [...(sources.length > 0 ? [standingSql(writer, name, sources)] : []), ...(hasDelta ? [fresh] : [])]
    written.push(...(await writeFiles(writer, { name, rows: parts.join(' UNION ALL '), firstNumber: written.length })))
  }
  return [...plan.kept, ...written].toSorted((a, b) => a.time_from - b.time_from || (a.key < b.key ? -1 : 1))
}

/** Per file, by key, how many of its rows the delta replaces or deletes. */
async function replacedRows(
  { dataset, session, localFiles }: TableWriter,
  name: string,
  files: readonly DataFile[],
): Promise<Map<string, number>> {
  if (files.length === 0 || tableOf(dataset, name).kind === 'append') return new Map()
  const keyOf = new Map(files.map(({ key }) => [localFiles.get(key) ?? key, key]))
  const countedIn = async (standing: string): Promise<ReadonlyMap<string, number>> => {
    const counts = await session.rows(
      `SELECT filename, count(*) AS n FROM ${readFiles([...keyOf.keys()], 'filename = true')} b ${standing} GROUP BY filename`,
    )
    return new Map(counts.map(({ filename, n }) => [keyOf.get(String(filename)) ?? String(filename), Number(n)]))
  }
  const replaced = await countedIn(
    `SEMI JOIN ${delta}.${ident(ownerOf(dataset, name))} d ON ${sameKey(dataset, name, 'd', 'b')}`,
  )
  if (deletesOf(dataset, name) === null) return new Map(replaced)
  const left = await countedIn(notReplacedSql(dataset, name))
  return new Map(files.map(({ key, rows }) => [key, rows - (left.get(key) ?? 0)]))
}

function standingSql({ dataset, localFiles }: TableWriter, name: string, sources: readonly DataFile[]): string {
  const read = readFiles(sources.map(({ key }) => localFiles.get(key) ?? key))
  if (tableOf(dataset, name).kind === 'append') return `SELECT * FROM ${read}`
  return `SELECT * FROM ${read} b ${notReplacedSql(dataset, name)}`
}

/** What leaves out the base's rows `b` that the delta replaces or deletes. */
function notReplacedSql(dataset: DefinedDataset, name: string): string {
  const notReplaced = `ANTI JOIN ${delta}.${ident(ownerOf(dataset, name))} d ON ${sameKey(dataset, name, 'd', 'b')}`
  return `${notReplaced}${withoutDeletedSql(dataset, { name, schemas: [delta] })}`
}

/** The delta's rows. A late one may have been deleted before it arrived. */
function freshSql({ dataset }: TableWriter, name: string): string {
  return `SELECT * FROM ${delta}.${ident(name)} b${withoutDeletedSql(dataset, { name, schemas: [base, delta] })}`
}

function readFiles(paths: readonly string[], option?: string): string {
  return `read_parquet([${list(paths.map(literal))}]${option === undefined ? '' : `, ${option}`})`
}

type FileRows = { readonly name: string; readonly rows: string; readonly firstNumber: number }

/** The ORDER BY is total, so that equal rows make equal bytes, whatever the run and the number of threads. */
async function writeFiles(writer: TableWriter, { name, rows, firstNumber }: FileRows): Promise<DataFile[]> {
  const files: DataFile[] = []
  for (const [index, isInFile] of (await cutRows(writer, rows)).entries()) {
    files.push(
      await writeFile(
        writer,
        `${name}-${String(firstNumber + index + 1).padStart(4, '0')}`,
        `SELECT * FROM (${rows}) WHERE ${isInFile} ORDER BY ${order}`,
      ),
    )
  }
  return files
}

/** SQL conditions that cut rows into files, oldest first, of at most `fileRowsMax` rows each. */
async function cutRows(writer: TableWriter, rows: string): Promise<readonly string[]> {
  const [counted] = await writer.session.rows(`SELECT count(*) AS n FROM (${rows})`)
  const count = Number(counted?.['n'])
  if (count <= writer.fileRowsMax) return count === 0 ? [] : ['true']
  const starts = await firstVersions(writer, rows)
  return starts.map((start, index) => {
    const next = starts[index + 1]
    const ends = next === undefined ? [] : [`_time <= ${String(next['_time'])} AND NOT ${notBefore(next)}`]
    return [`_time >= ${String(start['_time'])} AND ${notBefore(start)}`, ...ends].join(' AND ')
  })
}

/**
 * The version of the first row of each file. The versions are sorted into a file of their own and found by their place
 * in it: the engine sorts in bounded memory, but holds all rows that it numbers.
 */
async function firstVersions(
  { session, workFolder, fileRowsMax }: TableWriter,
  rows: string,
): Promise<readonly Readonly<Record<string, Cell>>[]> {
  return await withWorkFile(workFolder, async (file) => {
    await session.run(`COPY (SELECT ${order} FROM (${rows}) ORDER BY ${order}) TO ${literal(file)} (FORMAT parquet)`)
    return await session.rows(
      `SELECT ${order} FROM read_parquet(${literal(file)}, file_row_number = true) WHERE file_row_number % ${fileRowsMax} = 0 ORDER BY file_row_number`,
    )
  })
}

/**
 * SQL that is true for rows whose version is this one or newer. It compares column by column, because the engine
 * refuses a row value between two others.
 */
function notBefore(version: Readonly<Record<string, unknown>>): string {
  const [first = '', ...rest] = versionColumns.toReversed()
  return rest.reduce(
    (after, column) =>
      `(${column} > ${String(version[column])} OR (${column} = ${String(version[column])} AND ${after}))`,
    `${first} >= ${String(version[first])}`,
  )
}

async function writeFile(
  { session, store, prefix, workFolder }: TableWriter,
  fileName: string,
  rows: string,
): Promise<DataFile> {
  const key = `${prefix}${fileName}.parquet`
  return await withWorkFile(workFolder, async (file) => {
    await session.run(`COPY (${rows}) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd)`)
    const [facts] = await session.rows(
      `SELECT count(*) AS n, min(_time) AS first, max(_time) AS last FROM read_parquet(${literal(file)})`,
    )
    const [{ size }, sha256] = [await stat(file), await sha256Of({ file })]
    await store.putIfAbsent(key, { file })
    return {
      key,
      rows: Number(facts?.['n']),
      bytes: size,
      time_from: Number(facts?.['first']),
      time_to: Number(facts?.['last']),
      sha256,
    }
  })
}
