import type { Command } from 'commander'
import { compareGenerations } from '../../batch/compare/compare-generations.ts'
import type { TableComparison } from '../../batch/compare/compare-generations.ts'
import type { RowDifference } from '../../batch/compare/compare-rows.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'
import { loadNewestOf, loadOthers, newestGeneration } from '../../schemas/formats/generations.ts'
import { loadManifest, manifestKey } from '../../schemas/formats/manifest.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { toJson } from '../../schemas/formats/tidemark.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { chooseDatasets } from '../flags/choose-datasets.ts'
import { chosenDatasets, datasetsFlag } from '../flags/datasets-flag.ts'
import type { DatasetsOption } from '../flags/datasets-flag.ts'
import { exitCodes } from '../flags/exit-code.ts'
import { countFlag } from '../flags/number-flags.ts'
import { quietly, runCommand } from '../flags/run-command.ts'
import { tell, write, writeJson } from '../output/output.ts'
import { Progress } from '../output/progress.ts'
import { countText } from '../output/text-columns.ts'
import type { Parts } from '../parts/parts.ts'

type Options = DatasetsOption & {
  readonly dataset?: string
  readonly examples: string
  readonly json?: boolean
}

/** Two generations of a dataset. */
type Pair = { readonly from: Manifest; readonly to: Manifest }
type Compared = Pair & { readonly dataset: DefinedDataset; readonly tables: readonly TableComparison[] }

const examples = `
Examples:
  $ tidemark compare --datasets ./shop-next               the newest generation of this declaration with that of the other one
  $ tidemark compare 12 14 --datasets ./shop              these two
  $ tidemark compare --datasets ./shop-next --json | jq '.[].tables[] | select(.rows != [])'

Pairs the rows of each table by its key and compares their values. Says for rows that differ why, as far as the generations
do: whether one of them rejected the event, does not cover it yet, or reads it otherwise. Exit code 3 where anything
differs, 1 if there is nothing to compare. Changes nothing, and may run beside everything else.`

export function addCompareCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('compare')
    .description('say which rows differ between two generations, of one declaration or of two, and why')
    .argument('[from]', 'number of a generation; else the newest one of another declaration')
    .argument('[to]', 'number of a generation; else the newest one of this declaration')
    .option('--dataset <name>', 'this dataset only')
    .addOption(datasetsFlag())
    .option('--examples <n>', 'name at most this many examples of a difference', '3')
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(async (from: string | undefined, to: string | undefined, options: Options) => {
      process.exitCode = await runCommand(env, { ...quietly(env), ...chosenDatasets(options) }, (parts) =>
        compare(parts, [from, to], options),
      )
    })
}

type Numbers = readonly [from: string | undefined, to: string | undefined]

async function compare(parts: Parts, numbers: Numbers, options: Options): Promise<number> {
  const examplesMax = countFlag('--examples', options.examples, 1000)
  const datasets = chooseDatasets(parts, options.dataset)
  if (numbers[0] !== undefined && datasets.length !== 1)
    throw new AppError('USAGE', 'numbers are those of one dataset: name it with --dataset')
  const store = await parts.openStore()
  const progress = new Progress()
  const compared: Compared[] = []
  for (const dataset of datasets) {
    const pair = await parts.untilReachable('store', () => choosePair(store, dataset, numbers))
    if (typeof pair === 'string') {
      tell(`${dataset.name}: ${pair}`)
      continue
    }
    const tables = await compareGenerations({
      ...pair,
      dataset,
      store,
      openEngine: () => parts.openEngine(`compare-${process.pid}`, parts.config.BATCH_MEMORY_BYTES_MAX),
      examplesMax,
      onTable: (table, done, total) => progress.show(`${dataset.name}: comparing ${table}, ${done + 1} of ${total}`),
    })
    compared.push({ ...pair, dataset, tables })
  }
  progress.end()
  if (options.json === true) await writeJson(compared.map(encode))
  else for (const each of compared) await write(textOf(each))
  const isEqual = compared.every(({ tables }) => tables.every(({ shape, rows }) => shape.length + rows.length === 0))
  if (compared.length === 0) return exitCodes.failure
  return isEqual ? exitCodes.ok : exitCodes.difference
}

/** If no numbers were given and there is nothing to compare, returns why, for people. */
async function choosePair(store: ObjectStore, dataset: DefinedDataset, numbers: Numbers): Promise<Pair | string> {
  const load = async (number: string): Promise<Manifest> => {
    const generation = countFlag('a generation', number, 9_999_999_999)
    const last = await newestGeneration(store, dataset.name)
    if (last === null || generation > last)
      throw new AppError(
        'NOT_FOUND',
        `${dataset.name} has no generation ${generation}; the newest is ${last ?? 'none'}`,
      )
    return await loadManifest(store, manifestKey(dataset.name, generation))
  }
  const [from, to] = numbers
  if (from !== undefined && to !== undefined) return { from: await load(from), to: await load(to) }
  const { newest, own } = await loadNewestOf(store, dataset)
  if (newest === null || own === null) {
    const none = 'no generation of this declaration yet, `tidemark batch run` makes one'
    if (from === undefined) return none
    throw new AppError('NOT_FOUND', `${dataset.name}: ${none}; or name two numbers`)
  }
  if (from !== undefined) return { from: await load(from), to: own }
  const [other] = await loadOthers(store, newest, dataset.hash)
  return other === undefined ? 'no other declaration has a generation' : { from: other, to: own }
}

function encode({ dataset, from, to, tables }: Compared): object {
  const side = ({ generation, declaration, created_at: createdAt, tidemark }: Manifest) => ({
    generation,
    declaration,
    created_at: createdAt,
    tidemark: toJson(dataset.topic, tidemark),
  })
  return { dataset: dataset.name, from: side(from), to: side(to), tables }
}

function textOf({ dataset, from, to, tables }: Compared): string {
  const side = ({ generation, declaration }: Manifest): string =>
    `generation ${generation} (${declaration === dataset.hash ? 'this declaration' : `declaration ${declaration}`})`
  return [
    `${dataset.name}: ${side(from)} and ${side(to)}`,
    ...tables.flatMap((table) => [
      `  ${table.table}: ${sameText(table)}`,
      ...table.shape.map((difference) => `    ${difference}`),
      ...table.rows.flatMap((difference) => rowsText(difference, { from, to })),
    ]),
    '',
  ].join('\n')
}

function sameText({ equal, shape, rows }: TableComparison): string {
  if (equal === null) return 'not compared'
  return `${countText(equal)} ${equal === 1 ? 'row' : 'rows'} equal${shape.length + rows.length === 0 ? '' : ', and'}`
}

function rowsText({ where, why, count, examples: named }: RowDifference, { from, to }: Pair): readonly string[] {
  const [row, have] = count === 1 ? ['row', 'has'] : ['rows', 'have']
  const found = {
    from: `only in generation ${from.generation}`,
    to: `only in generation ${to.generation}`,
    both: `${have} other values`,
  }
  return [
    `    ${countText(count)} ${row} ${found[where]}: ${why}`,
    ...named.map((example) => `      ${example}`),
    ...(count > named.length && named.length > 0 ? [`      and ${countText(count - named.length)} more`] : []),
  ]
}
