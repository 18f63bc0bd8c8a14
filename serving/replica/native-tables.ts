import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanedUp } from '../../schemas/async/clean-up.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Engine } from '../../schemas/ports/engine.ts'
import { checkedFile } from '../../schemas/formats/manifest.ts'
import type { DataFile, Manifest } from '../../schemas/formats/manifest.ts'
import { namingUnreadable } from '../../schemas/formats/read-tables.ts'
import { ident, list, literal } from '../../schemas/sql/sql-text.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { versionColumns } from '../../schemas/sql/table-sql.ts'

/** A Parquet file's rows as a DuckDB file of one table, `rows`. `alias` is the name it is attached by. */
export type NativeFile = { readonly key: string; readonly path: string; readonly alias: string }

export type NativeOptions = {
  readonly dataset: DefinedDataset
  readonly store: ObjectStore
  /** The cache's folder, shared by all processes of the machine. */
  readonly folder: string
  /** Where files are built, on the same disk as `folder`; absent: there. What a killed process leaves is its owner's to remove. */
  readonly buildFolder?: string
  /** An engine of its own: the replica's may be locked against files. */
  readonly engine: Engine
}

/**
 * Loads what the cache does not hold of a generation. A native file is named by the key of its Parquet file, which never
 * changes, and appears by a rename: it is whole or absent, whoever else builds it at the same time. Returns the native
 * files per table.
 */
export async function loadNativeTables(
  options: NativeOptions,
  manifest: Manifest,
): Promise<Readonly<Record<string, readonly NativeFile[]>>> {
  await mkdir(options.folder, { recursive: true })
  const tables: Record<string, NativeFile[]> = {}
  for (const name of Object.keys(options.dataset.tables)) {
    const natives = (manifest.tables[name] ?? []).map((file) => ({ file, native: nativeFile(options.folder, file) }))
    for (const { file, native } of natives) if (!(await exists(native.path))) await build(options, file, native)
    tables[name] = natives.map(({ native }) => native)
  }
  return tables
}

/** Another process of the machine may be about to attach what it has just built. */
const keptMs = 10 * 60 * 1000

/**
 * Deletes native files that none of these generations name, once they are some minutes old. Files that another process has
 * open stay readable to it.
 */
export async function dropOtherNativeTables(
  folder: string,
  dataset: DefinedDataset,
  manifests: readonly Manifest[],
): Promise<void> {
  const named = new Set(
    manifests.flatMap((manifest) => Object.values(manifest.tables).flat()).map((file) => nativeFile(folder, file).path),
  )
  const prefix = `${dataset.name}_`
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (!name.startsWith(prefix) || !name.endsWith('.duckdb') || named.has(path)) continue
    if ((await modifiedAt(path)) < Date.now() - keptMs) await rm(path, { force: true })
  }
}

function nativeFile(folder: string, { key }: DataFile): NativeFile {
  const dataset = key.split('/', 1)[0] ?? ''
  const alias = `${dataset}_${createHash('sha256').update(key).digest('hex').slice(0, 24)}`
  return { key, alias, path: join(folder, `${alias}.duckdb`) }
}

async function build(
  { store, folder, buildFolder = folder, engine }: NativeOptions,
  file: DataFile,
  native: NativeFile,
): Promise<void> {
  const temporary = join(buildFolder, `${randomUUID()}.part`)
  const session = await engine.connect()
  const attached = ident(`building_${randomUUID()}`)
  const fill = (parquet: string) => () =>
    session.run(
      `CREATE TABLE ${attached}.rows AS FROM read_parquet(${literal(parquet)}) ORDER BY ${list(versionColumns)}`,
    )
  const make = async (): Promise<void> => {
    await store.withFiles([checkedFile(file)], async ([parquet = '']) => {
      await session.run(`ATTACH ${literal(temporary)} AS ${attached}`)
      await cleanedUp(
        () => namingUnreadable(session, { files: [file], paths: [parquet] }, fill(parquet)),
        () => session.run(`DETACH ${attached}`),
      )
    })
    await rename(temporary, native.path)
  }
  await cleanedUp(make, async () => {
    session.close()
    await rm(temporary, { force: true })
    await rm(`${temporary}.wal`, { force: true })
  })
}

async function exists(path: string): Promise<boolean> {
  return (await modifiedAt(path)) > Number.NEGATIVE_INFINITY
}

/** Epoch milliseconds; long ago where there is no such file. */
async function modifiedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch {
    return Number.NEGATIVE_INFINITY
  }
}
