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

/** The rows of a Parquet file as a DuckDB file with one table, `rows`. It is attached as `alias`. */
export type NativeFile = { readonly key: string; readonly path: string; readonly alias: string }

export type NativeOptions = {
  readonly dataset: DefinedDataset
  readonly store: ObjectStore
  /** The cache's folder, which all processes of the machine share. */
  readonly folder: string
  /**
   * The folder in which files are built, on the same disk as `folder`, which is used if it is absent. The owner of the
   * folder removes what a killed process leaves.
   */
  readonly buildFolder?: string
  /** An engine apart from the replica's, which may be locked against files. */
  readonly engine: Engine
}

/**
 * Builds the native files of a generation that the cache does not hold. A native file is named by the key of its
 * Parquet file, which never changes, and appears by a rename: it is whole or absent, even if several processes build it
 * at once. Returns the native files by table.
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

/** Another process of the machine may be about to attach a file that it has just built. */
const keptMs = 10 * 60 * 1000

/**
 * Deletes native files that none of these generations names, once they are some minutes old. Another process can still
 * read files that it has open.
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

/** Returns epoch milliseconds; a time long ago if there is no such file. */
async function modifiedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch {
    return Number.NEGATIVE_INFINITY
  }
}
