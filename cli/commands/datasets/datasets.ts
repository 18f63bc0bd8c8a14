import { Option } from 'commander'
import type { Command } from 'commander'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { explain } from '../../../schemas/declare/load-datasets.ts'
import { tableInfo } from '../../../serving/answers/table-info.ts'
import type { TableInfo } from '../../../serving/answers/table-info.ts'
import { chooseDatasets } from '../../flags/choose-datasets.ts'
import { chosenDatasets, datasetsFlag } from '../../flags/datasets-flag.ts'
import type { DatasetsOption } from '../../flags/datasets-flag.ts'
import { findDefault } from '../../flags/find-dataset.ts'
import { quietly, runCommand } from '../../flags/run-command.ts'
import { write, writeJson } from '../../output/output.ts'
import { textColumns } from '../../output/text-columns.ts'
import type { Parts } from '../../parts/parts.ts'
import { mermaidDiagram } from './diagram.ts'

type Options = { readonly dataset?: string; readonly diagram?: boolean; readonly json?: boolean }

const examples = `
Examples:
  $ tidemark datasets                              the datasets there are: tables, their keys, and what they refer to
  $ tidemark datasets --json | jq '.[].tables[].name'
  $ tidemark datasets --dataset rsvp --diagram > rsvp.mmd

--diagram prints Mermaid, which GitHub, GitLab and many editors draw in a fenced block named mermaid.`

export function addDatasetsCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('datasets')
    .description('the datasets there are, with their tables')
    .option('--dataset <name>', 'this dataset only')
    .addOption(datasetsFlag())
    .option('--diagram', 'as an entity relationship diagram in Mermaid')
    .addOption(new Option('--json', 'as JSON').conflicts('diagram'))
    .addHelpText('after', examples)
    .action(async (options: Options & DatasetsOption) => {
      process.exitCode = await runCommand(env, { ...quietly(env), ...chosenDatasets(options) }, (parts) =>
        listDatasets(parts, options),
      )
    })
}

async function listDatasets(parts: Parts, options: Options): Promise<void> {
  const datasets = chooseDatasets(parts, options.dataset)
  const byDefault = findDefault(parts.datasets)
  const leftOut = options.dataset === undefined ? parts.leftOut : []
  if (options.diagram === true)
    return await write(mermaidDiagram(datasets.map((dataset) => ({ name: dataset.name, tables: tablesOf(dataset) }))))
  if (options.json === true)
    return await writeJson([
      ...datasets.map((dataset) => encode(dataset, dataset === byDefault)),
      ...leftOut.map((each) => ({ dataset: each.name, problems: [`left out: ${explain(each)}`] })),
    ])
  await write(
    [
      ...datasets.map((dataset) => textOf(dataset, dataset === byDefault)),
      ...leftOut.map((each) => `${each.name}\n  problem: left out: ${explain(each)}\n`),
    ].join('\n'),
  )
}

function tablesOf({ tables }: DefinedDataset): readonly TableInfo[] {
  return Object.entries(tables).map(([name, table]) => tableInfo(name, table))
}

function encode(dataset: DefinedDataset, isDefault: boolean): object {
  const { name, topic, description, hash, queries, feeds } = dataset
  return {
    dataset: name,
    topic,
    description,
    is_default: isDefault,
    declaration: hash,
    tables: tablesOf(dataset),
    queries: Object.keys(queries),
    feeds: Object.keys(feeds),
    problems: [],
  }
}

function textOf(dataset: DefinedDataset, isDefault: boolean): string {
  const { name, topic, description } = dataset
  const rows = tablesOf(dataset).map((table) => [
    table.name,
    table.kind,
    table.key.join(', '),
    String(table.columns.length),
    refersTo(table),
  ])
  return [
    `${name}${isDefault ? ', the default' : ''}\n`,
    `  ${description}\n`,
    `  topic ${topic}\n`,
    textColumns(
      [['table', 'kind', 'key', 'columns', 'refers to'], ...rows],
      [{}, {}, {}, { isNumber: true }, {}],
      '  ',
    ),
  ].join('')
}

function refersTo({ owner, references }: TableInfo): string {
  const owned = owner === null ? [] : [`a set of ${owner}`]
  return [...owned, ...Object.entries(references).map(([column, target]) => `${column} to ${target}`)].join(', ')
}
