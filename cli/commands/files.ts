import { Option } from 'commander'
import type { Command } from 'commander'
import { publicTypes } from '../../schemas/declare/check-tables.ts'
import { storedType } from '../../schemas/declare/column-types.ts'
import { tableOf } from '../../schemas/declare/define-dataset.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { loadNewestOf } from '../../schemas/formats/generations.ts'
import type { DataFile, Manifest } from '../../schemas/formats/manifest.ts'
import { ident, list, literal } from '../../schemas/sql/sql-text.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { publicColumns } from '../../schemas/sql/table-sql.ts'
import { toJson } from '../../schemas/formats/tidemark.ts'
import { chooseDatasets } from '../flags/choose-datasets.ts'
import { tell, write, writeJson } from '../output/output.ts'
import type { Parts } from '../parts/parts.ts'
import { chosenDatasets, datasetsFlag } from '../flags/datasets-flag.ts'
import type { DatasetsOption } from '../flags/datasets-flag.ts'
import { quietly, runCommand } from '../flags/run-command.ts'
import { bytesText, durationText, textColumns } from '../output/text-columns.ts'

type Options = { readonly dataset?: string; readonly json?: boolean; readonly sql?: boolean }

const hintFilesMax = 3

const examples = `
Examples:
  $ tidemark files                                  one line a file: table, rows, size, address
  $ tidemark files --json | jq -r '.[0].tables.rsvp[].url'
  $ tidemark files --sql > views.sql && duckdb -init views.sql -c 'SELECT count(*) FROM rsvp.rsvp'

The files are the batch view: what came after the tidemark is not in them. Columns that start with _ are bookkeeping.`

export function addFilesCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('files')
    .description("the newest generation's Parquet files per table, for other readers")
    .option('--dataset <name>', 'this dataset only')
    .addOption(datasetsFlag())
    .addOption(new Option('--json', 'as JSON').conflicts('sql'))
    .option('--sql', 'as views for DuckDB: a schema per dataset, without bookkeeping')
    .addHelpText('after', examples)
    .action(async (options: Options & DatasetsOption) => {
      process.exitCode = await runCommand(env, { ...quietly(env), ...chosenDatasets(options) }, (parts) =>
        listFiles(parts, options),
      )
    })
}

async function listFiles(parts: Parts, options: Options): Promise<void> {
  const store = await parts.openStore()
  const found: { dataset: DefinedDataset; manifest: Manifest | null }[] = []
  for (const dataset of chooseDatasets(parts, options.dataset)) {
    const { own } = await parts.untilReachable('store', () => loadNewestOf(store, dataset))
    found.push({ dataset, manifest: own })
  }
  if (options.json === true)
    return await writeJson(found.map(({ dataset, manifest }) => encode(dataset, manifest, store)))
  for (const { dataset, manifest } of found) {
    if (manifest === null) {
      tell(`${dataset.name}: no generation yet; \`tidemark batch run\` makes one`)
      continue
    }
    if (options.sql === true) {
      await write(viewsSql(dataset, manifest, store))
      continue
    }
    await write(textOf(manifest, store))
    tell(hintsOf(dataset, manifest, { store, graceMs: parts.config.GC_GRACE_MS }))
  }
}

function encode(dataset: DefinedDataset, manifest: Manifest | null, store: ObjectStore): object {
  const tables = Object.entries(manifest?.tables ?? {}).map(
    ([name, files]) =>
      [name, files.map(({ key, rows, bytes, sha256 }) => ({ url: store.url(key), rows, bytes, sha256 }))] as const,
  )
  return {
    dataset: dataset.name,
    generation: manifest?.generation ?? 0,
    tidemark: toJson(dataset.topic, manifest?.tidemark ?? new Map()),
    created_at: manifest?.created_at ?? null,
    tables: Object.fromEntries(tables),
  }
}

function textOf({ tables }: Manifest, store: ObjectStore): string {
  const lines = Object.entries(tables).flatMap(([name, files]) =>
    files.map(({ key, rows, bytes }) => [name, String(rows), bytesText(bytes), store.url(key)]),
  )
  return textColumns(lines, [{}, { isNumber: true }, { isNumber: true }, {}])
}

/** Returns SQL for DuckDB that creates views like the tables of a running service. */
function viewsSql(dataset: DefinedDataset, { generation, tables }: Manifest, store: ObjectStore): string {
  const views = Object.keys(dataset.tables).map((name) => {
    const urls = (tables[name] ?? []).map(({ key }) => literal(store.url(key)))
    const rows =
      urls.length === 0
        ? noRowsSql(dataset, name)
        : `SELECT ${publicColumns(dataset, name)} FROM read_parquet([${list(urls)}])`
    return `CREATE OR REPLACE VIEW ${ident(dataset.name)}.${ident(name)} AS ${rows};`
  })
  return [
    `-- ${dataset.name}, generation ${generation}`,
    `CREATE SCHEMA IF NOT EXISTS ${ident(dataset.name)};`,
    ...views,
    '',
  ].join('\n')
}

function noRowsSql(dataset: DefinedDataset, name: string): string {
  const columns = Object.entries(publicTypes(tableOf(dataset, name)))
  return `SELECT ${list(columns.map(([column, type]) => `NULL::${storedType(type)} AS ${ident(column)}`))} WHERE false`
}

function hintsOf(
  { name, topic }: DefinedDataset,
  { generation, tidemark, tables }: Manifest,
  { store, graceMs }: { store: ObjectStore; graceMs: number },
): string {
  const [table, files] = Object.entries(tables).toSorted(([, a], [, b]) => rowsOf(b) - rowsOf(a))[0] ?? ['', []]
  const urls = files.slice(0, hintFilesMax).map(({ key }) => store.url(key))
  const more = files.length > urls.length ? ', ...' : ''
  const stands = [...tidemark].map(([partition, offset]) => `${topic}/${partition}@${offset}`).join(' ')
  return [
    `${name}: generation ${generation}, tidemark ${stands}`,
    `  DuckDB reads ${table} with  SELECT * FROM read_parquet([${urls.map((url) => `'${url}'`).join(', ')}${more}])`,
    `  Spark reads ${table} with   spark.read.parquet(${urls.map((url) => `"${url.replace(/^s3:/, 's3a:')}"`).join(', ')}${more})`,
    `  The files stay for at least ${durationText(graceMs)} after a newer generation has taken their place.`,
  ].join('\n')
}

function rowsOf(files: readonly DataFile[]): number {
  return files.reduce((sum, { rows }) => sum + rows, 0)
}
