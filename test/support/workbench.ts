import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { archiveToEnd } from '../../batch/archive/archiver.ts'
import type { ArchiveOptions } from '../../batch/archive/archiver.ts'
import { runBatch } from '../../batch/run.ts'
import type { BatchOptions, RunResult } from '../../batch/run.ts'
import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../connectors/engine/duckdb-engine.ts'
import type { Cell, Session } from '../../schemas/ports/engine.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { digestName, digestPlaceholder, writeDigest } from '../../schemas/formats/own-digest.ts'
import { chunkFolder, parseFooter } from '../../schemas/formats/raw-chunk.ts'
import type { ChunkFooter } from '../../schemas/formats/raw-chunk.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { list, literal } from '../../schemas/sql/sql-text.ts'
import { versionColumns } from '../../schemas/sql/table-sql.ts'
import { MemoryLog } from '../fakes/memory-log.ts'
import { MemoryStore } from '../fakes/memory-store.ts'
import { unchecked } from '../fakes/unchecked.ts'
import { receivedMs } from './make-rsvp.ts'

export type Row = Readonly<Record<string, Cell>>

/** A log and a store in memory, with the batch layer and a real engine between them. */
export class Workbench {
  readonly log: MemoryLog
  readonly store = new MemoryStore()
  readonly folder: string
  readonly session: Session
  readonly #engine: DuckDbEngine

  static async open({ partitionCount = 1 }: { readonly partitionCount?: number } = {}): Promise<Workbench> {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-batch-'))
    const engine = await openEngine(folder)
    const log = new MemoryLog({ partitionCount, now: () => receivedMs })
    await log.ensureTopic('rsvp')
    return new Workbench(folder, { engine, session: await engine.connect(), log })
  }

  private constructor(
    folder: string,
    { engine, session, log }: { engine: DuckDbEngine; session: Session; log: MemoryLog },
  ) {
    this.folder = folder
    this.log = log
    this.session = session
    this.#engine = engine
  }

  /** Returns the options of an archiver on this log and store. Sessions are closed with the workbench. */
  async archiveOptions(options: Partial<ArchiveOptions> = {}): Promise<ArchiveOptions> {
    const session = await this.#engine.connect()
    return {
      log: this.log,
      store: this.store,
      session,
      topic: 'rsvp',
      workFolder: join(this.folder, 'work'),
      chunkBytesMax: 1_000_000,
      chunkAgeMsMax: 1_000_000_000,
      ...options,
    }
  }

  async archive(options: Partial<ArchiveOptions> = {}): Promise<ReadonlyMap<number, bigint>> {
    return await archiveToEnd(await this.archiveOptions(options))
  }

  batchOptions(options: Partial<BatchOptions> = {}): BatchOptions {
    return {
      dataset: rsvp,
      store: this.store,
      openEngine: () => openEngine(this.folder),
      workFolder: join(this.folder, 'work'),
      fileRowsMax: 1000,
      groupBytesMax: 1_000_000,
      segmentBytesMax: 64 * 1024 * 1024,
      ...options,
    }
  }

  async run(options: Partial<BatchOptions> = {}): Promise<RunResult> {
    return await runBatch(this.batchOptions(options))
  }

  /** Runs the batch layer, and expects a new generation. */
  async generation(options: Partial<BatchOptions> = {}): Promise<Manifest> {
    const { isNew, manifest } = await this.run(options)
    if (!isNew || manifest === null) throw new Error('the run made no generation')
    return manifest
  }

  /** Returns the footers of a partition's chunks, in the order of their keys. */
  async chunks(partition = 0): Promise<readonly ChunkFooter[]> {
    const keys = this.store.keys().filter((key) => key.startsWith(chunkFolder('rsvp', partition)))
    return await this.store.withFiles(keys.map(unchecked), async (paths) => {
      const footers: ChunkFooter[] = []
      for (const [index, path] of paths.entries()) {
        const pairs = await this.session.rows(
          `SELECT decode("key") AS name, decode("value") AS text FROM parquet_kv_metadata(${literal(path)})`,
        )
        footers.push(
          parseFooter(
            keys[index] ?? '',
            Object.fromEntries(pairs.map(({ name, text }) => [String(name), String(text)])),
          ),
        )
      }
      return footers
    })
  }

  /** Returns the raw values of a partition, in the order of their offsets. */
  async archived(partition = 0): Promise<readonly { readonly offset: Cell | undefined; readonly text: string }[]> {
    const keys = this.store.keys().filter((key) => key.startsWith(chunkFolder('rsvp', partition)))
    const rows = await this.read(keys, `SELECT "offset", value FROM $files ORDER BY "offset"`)
    return rows.map(({ offset, value }) => ({
      offset,
      text: value instanceof Uint8Array ? Buffer.from(value).toString() : '',
    }))
  }

  /** Returns the rows of a generation's table with their versions, in the order of the versions. */
  async rows({ tables }: Manifest, table: string): Promise<readonly Row[]> {
    const keys = (tables[table] ?? []).map(({ key }) => key)
    return keys.length === 0 ? [] : await this.read(keys, `SELECT * FROM $files ORDER BY ${list(versionColumns)}`)
  }

  async read(keys: readonly string[], sql: string): Promise<readonly Row[]> {
    return await this.store.withFiles(keys.map(unchecked), (paths) =>
      this.session.rows(sql.replace('$files', `read_parquet([${list(paths.map(literal))}])`)),
    )
  }

  /**
   * Replaces a Parquet object by the result of a SELECT, as somebody who tampers with the store would. Keeps the pairs
   * of the footer, except a chunk's digest, which is computed again: only the contents can then give the change away.
   */
  async rewrite(key: string, select: string): Promise<void> {
    const file = join(this.folder, 'rewritten.parquet')
    await this.store.withFiles([unchecked(key)], async ([path = '']) => {
      const pairs = await this.session.rows(
        `SELECT decode("key") AS name, decode("value") AS text FROM parquet_kv_metadata(${literal(path)})`,
      )
      const metadata =
        pairs.length === 0
          ? ''
          : `, KV_METADATA {${list(pairs.map(({ name, text }) => `${literal(String(name))}: ${literal(name === digestName ? digestPlaceholder : String(text))}`))}}`
      await this.session.run(
        `COPY (${select.replaceAll('$file', `read_parquet(${literal(path)})`)}) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd${metadata})`,
      )
      if (pairs.length > 0) await writeDigest(file)
    })
    this.store.replace(key, await readFile(file))
  }

  async close(): Promise<void> {
    this.session.close()
    await this.log.close()
    await this.store.close()
    this.#engine.close()
    await rm(this.folder, { recursive: true, force: true })
  }
}

async function openEngine(folder: string): Promise<DuckDbEngine> {
  return await openDuckDb({ memoryBytesMax: 256 * 1024 * 1024, threads: 2, spillFolder: join(folder, 'spill') })
}
