import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { AppError } from '../../../schemas/errors.ts'
import { parameterCells } from '../../../serving/requests/parameters.ts'
import type { View } from '../../../serving/replica/reader.ts'
import { views } from '../../../serving/replica/reader.ts'
import { openSqlParser } from '../../../serving/sql/parser.ts'
import { requireUnambiguous } from '../../../serving/sql/table-names.ts'
import { askHere } from './ask-here.ts'
import { addDatasetHelp } from '../../flags/dataset-help.ts'
import { allQueries, describeQueries, findNamedQuery } from './named-query.ts'
import { write, writeJson } from '../../output/output.ts'
import type { Parts } from '../../parts/parts.ts'
import { paramCell, splitParams } from './query-params.ts'
import { queryUrl } from './query-url.ts'
import { chooseOutput, outputFormats, renderAnswer } from '../../output/render-answer.ts'
import { chosenDatasets, datasetsFlag } from '../../flags/datasets-flag.ts'
import type { DatasetsOption } from '../../flags/datasets-flag.ts'
import { quietly, runCommand } from '../../flags/run-command.ts'

type Options = {
  readonly name?: string
  readonly list?: boolean
  readonly dataset?: string
  readonly view: string
  readonly format?: string
  readonly param: readonly string[]
  readonly maxRows?: string
  readonly timeoutMs?: string
  readonly url?: string
  readonly keyFile?: string
}

const examples = `
Examples:
  $ tidemark query "SELECT response, count(*) FROM rsvp.rsvp GROUP BY response"
  $ tidemark query "SELECT * FROM rsvp.rejected WHERE log_partition = \\$p" --param p=0
  $ tidemark query "SELECT count(*) FROM rsvp" --view batch               what the newest generation alone would say
  $ tidemark query "SELECT count(*) FROM rsvp_speed.rsvp"                 the rows that are newer than it
  $ tidemark query --name most-active-members --param limit=5
  $ tidemark query "FROM rsvp.rejected" --format parquet > rejected.parquet
  $ tidemark query - < report.sql                                         the statement from stdin
  $ tidemark query "SELECT 1" --url http://127.0.0.1:8080                 asks a running server

In SQL a dataset is a schema: rsvp.member is the merged view of a table, rsvp_batch.member and rsvp_speed.member are its two
sides. --view says what names without a schema mean; one that several datasets have needs its schema, or --dataset. Without
--url the command opens log and store itself, beside whatever else is running, and reads up to the end of the log.`

export function addQueryCommand(program: Command, env: NodeJS.ProcessEnv): void {
  const command = program
    .command('query')
    .description('answer one SELECT, or a named query, over live and historical rows')
    .argument('[sql]', 'one SELECT statement; - reads it from stdin')
    .option('--name <query>', 'a named query in place of SQL')
    .option('--list', 'the named queries and their parameters')
    .option('--dataset <name>', 'the dataset of the named query, or of tables that are named without a schema')
    .addOption(datasetsFlag())
    .option('--view <view>', `the view of tables that are named without a schema: ${views.join(', ')}`, 'merged')
    .option('--format <format>', `${outputFormats.join(', ')} (default: box on a terminal, else json)`)
    .option('--param <name=value>', "a parameter's value; may be repeated", collect, [])
    .option('--max-rows <n>', 'return at most this many rows (QUERY_ROWS_MAX)')
    .option('--timeout-ms <n>', 'end the query after this time (QUERY_TIMEOUT_MS)')
    .option('--url <url>', 'ask this server, and open neither log nor store')
    .option('--key-file <file>', 'a file with the API key for that server')
    .addHelpText('after', examples)
    .action(async (sql: string | undefined, options: Options & DatasetsOption) => {
      process.exitCode = await runCommand(
        env,
        {
          ...quietly(env),
          ...chosenDatasets(options),
          QUERY_TIMEOUT_MS: options.timeoutMs,
          QUERY_ROWS_MAX: options.maxRows,
        },
        (parts) => query(parts, sql, options),
      )
    })
  addDatasetHelp({ program, command, env }, (datasets) => `Named queries:\n${describeQueries(datasets)}`)
}

async function query(parts: Parts, sql: string | undefined, options: Options): Promise<void> {
  if (options.list === true) return await listQueries(parts.datasets, options.format)
  const asked = await askedFor(sql, options)
  const [format, view, params] = [
    chooseOutput(options.format, process.stdout.isTTY),
    viewOf(options.view),
    splitParams(options.param),
  ]
  const widthMax = process.stdout.isTTY ? process.stdout.columns : undefined
  const { datasets, signal, config } = parts
  if (options.url !== undefined) {
    const rowsMax = options.maxRows === undefined ? undefined : config.QUERY_ROWS_MAX
    return await write(
      await queryUrl({
        url: options.url,
        datasets,
        asked,
        params,
        view,
        format,
        rowsMax,
        keyFile: options.keyFile,
        widthMax,
        signal,
      }),
    )
  }
  const statement = statementOf(datasets, asked, { params, dataset: options.dataset })
  if (statement.dataset === null) await requireOneMeaning(datasets, statement.sql)
  const answer = await askHere(parts, {
    ...statement,
    view,
    rowsMax: config.QUERY_ROWS_MAX,
  })
  const openEngine = () => parts.openEngine(`answer-${process.pid}`, config.BATCH_MEMORY_BYTES_MAX)
  await write(await renderAnswer(answer, { format, widthMax, openEngine, workFolder: parts.workFolder }))
  if (answer.isTruncated && format !== 'box')
    process.stderr.write(`tidemark: the answer has more rows than ${config.QUERY_ROWS_MAX}; --max-rows asks for more\n`)
}

type Asked = { readonly sql: string } | { readonly name: string; readonly dataset: string | undefined }

async function askedFor(sql: string | undefined, { name, dataset }: Options): Promise<Asked> {
  if ((sql === undefined) === (name === undefined))
    throw new AppError('USAGE', 'give one SELECT statement, or --name of a query; --list says which there are')
  if (name !== undefined) return { name, dataset }
  return { sql: sql === '-' ? await text(process.stdin) : (sql ?? '') }
}

function statementOf(
  datasets: readonly DefinedDataset[],
  asked: Asked,
  { params, dataset }: { params: ReadonlyMap<string, string>; dataset: string | undefined },
) {
  if ('sql' in asked) {
    return {
      sql: asked.sql,
      params: Object.fromEntries([...params].map(([name, value]) => [name, paramCell(value)])),
      dataset: dataset ?? null,
    }
  }
  const found = findNamedQuery(datasets, asked.name, asked.dataset)
  const unknown = [...params.keys()].filter((name) => !Object.hasOwn(found.query.parameters, name))
  if (unknown.length > 0)
    throw new AppError(
      'USAGE',
      `${asked.name} has no parameter ${unknown.join(', ')}; it has ${Object.keys(found.query.parameters).join(', ')}`,
    )
  return { sql: found.query.sql, params: parameterCells(found.query, params), dataset: found.dataset.name }
}

async function requireOneMeaning(datasets: readonly DefinedDataset[], sql: string): Promise<void> {
  const tables = new Map(datasets.map(({ name, tables: own }) => [name, Object.keys(own)]))
  const parser = await openSqlParser()
  try {
    requireUnambiguous(await parser.parse(sql), sql, { tables, dataset: null })
  } finally {
    parser.close()
  }
}

function viewOf(name: string): View {
  const view = views.find((known) => known === name)
  if (view === undefined) throw new AppError('USAGE', `--view: there is no ${name}; there are ${views.join(', ')}`)
  return view
}

async function listQueries(datasets: readonly DefinedDataset[], format: string | undefined): Promise<void> {
  if (format !== 'json') return await write(`${describeQueries(datasets)}\n`)
  await writeJson(
    allQueries(datasets).map(({ dataset, name, query }) => ({
      dataset: dataset.name,
      name,
      description: query.description,
      parameters: query.parameters,
    })),
  )
}

function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value]
}
