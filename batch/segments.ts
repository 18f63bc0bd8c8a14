import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanedUp } from '../schemas/async/clean-up.ts'
import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import { tableOf } from '../schemas/declare/define-dataset.ts'
import type { Session } from '../schemas/ports/engine.ts'
import { createSpeedViewSql } from '../schemas/sql/fold-sql.ts'
import { mergedSegmentsSql } from '../schemas/sql/segment-sql.ts'
import { ident, list, literal } from '../schemas/sql/sql-text.ts'

/** The SQL schema with the rows that a run has folded. */
export const delta = 'delta'

/** The memory that merging takes for each row, at most about this. */
const mergedRowBytes = 128
const partsMax = 1024

export type SegmentOptions = {
  readonly dataset: DefinedDataset
  readonly session: Session
  readonly workFolder: string
  /** Folded rows of more bytes than this, as the engine keeps them in memory, are written to a segment; merging takes as much. */
  readonly segmentBytesMax: number
}

/**
 * The rows that a run has folded, in memory that is bounded whatever the length of the history. The tables of `delta`
 * are in one of three states:
 *
 * - In memory: they have the newest row of each key.
 * - In segments: rows that had outgrown the memory lie in files, one per table for each segment. The tables have the
 *   rows that were folded since.
 * - Merged: they are views of files that have the newest row of each key of all segments.
 */
export class Segments {
  readonly #options: SegmentOptions
  readonly #folder: string
  #state: 'in memory' | 'in segments' | 'merged' = 'in memory'
  /** The files by table. */
  #files: ReadonlyMap<string, readonly string[]> = new Map()
  #written = 0

  private constructor(options: SegmentOptions, folder: string) {
    this.#options = options
    this.#folder = folder
  }

  /** Calls `use` with an empty `delta`. Removes the files of the segments when it ends. */
  static async with<T>(options: SegmentOptions, use: (segments: Segments) => Promise<T>): Promise<T> {
    const folder = join(options.workFolder, `segments-${randomUUID()}`)
    const work = async (): Promise<T> => {
      const segments = new Segments(options, folder)
      await segments.#createTables()
      return await use(segments)
    }
    return await cleanedUp(work, () => rm(folder, { recursive: true, force: true }))
  }

  /** Events may be folded into `delta` after this, also if it was merged. */
  async open(): Promise<void> {
    if (this.#state !== 'merged') return
    await this.#createTables()
    this.#state = 'in segments'
  }

  /** Writes what was folded to a segment if it has outgrown the memory. */
  async spill(): Promise<void> {
    const [memory] = await this.#options.session.rows(
      `SELECT sum(memory_usage_bytes + temporary_storage_bytes)::BIGINT AS bytes FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'`,
    )
    if (Number(memory?.['bytes']) > this.#options.segmentBytesMax) await this.#write()
  }

  /** `delta` has the newest row of each key after this. */
  async merge(): Promise<void> {
    if (this.#state !== 'in segments') return
    const { dataset, session } = this.#options
    await this.#write()
    await session.run(`DROP SCHEMA ${delta} CASCADE`)
    await session.run(`CREATE SCHEMA ${delta}`)
    const names = Object.keys(dataset.tables)
    const isSet = (name: string): boolean => tableOf(dataset, name).kind === 'set'
    const folder = await this.#nextFolder()
    const merged = new Map<string, readonly string[]>()
    for (const name of [...names.filter((name) => !isSet(name)), ...names.filter(isSet)]) {
      const files = this.#files.get(name) ?? []
      const newest = tableOf(dataset, name).kind === 'append' ? files : await this.#mergeFiles(name, files, folder)
      await session.run(`CREATE VIEW ${delta}.${ident(name)} AS FROM ${readFiles(newest)}`)
      for (const file of files) if (!newest.includes(file)) await rm(file)
      merged.set(name, newest)
    }
    this.#files = merged
    this.#state = 'merged'
  }

  async #mergeFiles(name: string, files: readonly string[], folder: string): Promise<readonly string[]> {
    const { dataset, session, segmentBytesMax } = this.#options
    const segments = readFiles(files)
    const table = tableOf(dataset, name)
    const read = [segments, ...(table.kind === 'set' ? [`${delta}.${ident(table.owner)}`] : [])]
    const counts = read.map((rows) => `(SELECT count(*) FROM ${rows})`)
    const [counted] = await session.rows(`SELECT ${counts.join(' + ')} AS n`)
    const needed = Math.ceil((Number(counted?.['n']) * mergedRowBytes) / Math.max(segmentBytesMax, mergedRowBytes))
    const parts = Math.max(1, Math.min(needed, partsMax))
    const rows = mergedSegmentsSql(dataset, { name, segments, merged: delta, parts })
    const merged: string[] = []
    for (const [part, sql] of rows.entries()) {
      const file = join(folder, `${name}-${part}.parquet`)
      await session.run(`COPY (${sql}) TO ${literal(file)} (FORMAT parquet)`)
      merged.push(file)
    }
    return merged
  }

  async #write(): Promise<void> {
    const { dataset, session } = this.#options
    const folder = await this.#nextFolder()
    const written = new Map<string, readonly string[]>()
    for (const name of Object.keys(dataset.tables)) {
      const file = join(folder, `${name}.parquet`)
      await session.run(`COPY ${delta}.${ident(name)} TO ${literal(file)} (FORMAT parquet)`)
      written.set(name, [...(this.#files.get(name) ?? []), file])
    }
    await this.#createTables()
    this.#files = written
    this.#state = 'in segments'
  }

  async #createTables(): Promise<void> {
    const { dataset, session } = this.#options
    await session.run(`DROP SCHEMA IF EXISTS ${delta} CASCADE`)
    for (const sql of createSpeedViewSql(dataset, delta)) await session.run(sql)
  }

  async #nextFolder(): Promise<string> {
    const folder = join(this.#folder, String(this.#written))
    this.#written += 1
    await mkdir(folder, { recursive: true })
    return folder
  }
}

function readFiles(paths: readonly string[]): string {
  return `read_parquet([${list(paths.map(literal))}])`
}
