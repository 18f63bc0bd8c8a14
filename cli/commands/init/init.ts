import { isUtf8 } from 'node:buffer'
import { join, relative } from 'node:path'
import type { Command } from 'commander'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { explain, loadDatasets } from '../../../schemas/declare/load-datasets.ts'
import { AppError } from '../../../schemas/errors.ts'
import { exitCodes } from '../../flags/exit-code.ts'
import { countFlag } from '../../flags/number-flags.ts'
import { quietly, runCommand } from '../../flags/run-command.ts'
import { write } from '../../output/output.ts'
import type { Parts } from '../../parts/parts.ts'
import { planDataset } from '../../parts/plan-datasets.ts'
import { countText } from '../../output/text-columns.ts'
import { describeJudged, judgeSample } from '../check/judge-sample.ts'
import { readSample } from '../check/read-sample.ts'
import type { Sample } from '../check/read-sample.ts'
import { datasetName } from './infer/names.ts'
import { parseWritten } from './infer/written-json.ts'
import type { WrittenObject } from './infer/written-json.ts'
import { propose } from './propose.ts'
import type { Proposal } from './propose.ts'
import { writeFiles } from './write-files.ts'

type Options = {
  readonly from: string
  readonly out?: string
  readonly time?: string
  readonly events: string
  readonly force?: boolean
}

const eventsMax = 100_000

const examples = `
Examples:
  $ tidemark init shop --from orders.ndjson            writes ./shop from the first 10000 events of a file
  $ tidemark init shop --from orders                   from the newest events of a topic; topic:orders where a file has its name
  $ zcat orders.gz | tidemark init shop --from -       from standard input
  $ tidemark init shop --from s3://bucket/2017/ --out ./datasets/shop
  $ tidemark init shop --from orders.ndjson --time meta.created

A topic is one of the log that the environment chooses, KAFKA_BROKERS or the embedded one; nothing is written to it.
What is written is a beginning, to be read and changed: the contract, tables in third normal form, two queries and
panels that show them. A comment says where something was guessed. Then the sample is judged as if it were posted; the
exit code is 1 if an event of it is rejected. The same events make the same files.`

export function addInitCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('init')
    .description('write a dataset of your own from a sample of its events')
    .argument('<name>', 'the name of the dataset')
    .requiredOption(
      '--from <source>',
      'where its events are: FILE[.gz] | topic | - | s3://bucket/prefix | http(s):// | ws(s)://',
    )
    .option('--out <folder>', 'the folder to write (default: ./<name>)')
    .option('--time <path>', "the field that is the event's time, such as meta.created")
    .option('--events <n>', 'read at most so many', '10000')
    .option('--force', 'overwrite files that are there')
    .addHelpText('after', examples)
    .action(async (name: string, options: Options) => {
      // The list may name the dataset that is to be written, and no other one is needed.
      const { TIDEMARK_DATASETS: _, ...others } = env
      process.exitCode = await runCommand(others, quietly(env), (parts) => init(parts, name, options))
    })
}

async function init(parts: Parts, given: string, options: Options): Promise<number> {
  const name = datasetName(given)
  if (name !== given)
    await say(`The dataset is called ${name}: a name is lower-case letters and digits, and no word of SQL.`)
  const sample = await readSample(parts, options.from, countFlag('--events', options.events, eventsMax))
  const { origin, topic } = sample
  await say(`Read ${countText(sample.lines.length)} events of ${origin}${sample.isCut ? ', which has more' : ''}.`)
  for (const note of sample.notes) await say(`  ${note}`)
  const proposal = propose(eventsOf(sample), { name, origin, topic: topic ?? name, time: options.time })
  const folder = options.out ?? name
  await writeFiles({ folder, files: proposal.files, mayOverwrite: options.force === true })
  await say([`Wrote ${folder}:`, ...Object.keys(proposal.files).map((path) => `  ${path}`)].join('\n'))
  await say(describeProposal(proposal))
  const judged = await judge(parts, folder, sample)
  await say(describeJudged(judged).join('\n'))
  await say(nextCommands(name, folder, topic === null ? options.from : null))
  return judged.accepted === judged.events ? exitCodes.ok : exitCodes.failure
}

async function say(text: string): Promise<void> {
  await write(`${text}\n`)
}

/** What is no object is in no contract; the verdict says so. */
function eventsOf({ lines, origin }: Sample): readonly WrittenObject[] {
  const events: WrittenObject[] = []
  for (const line of lines) {
    const event = isUtf8(line) ? parseWritten(Buffer.from(line).toString()) : undefined
    if (event !== undefined) events.push(event)
  }
  const [first] = lines
  if (events.length > 0 || first === undefined) return events
  const begins = JSON.stringify(Buffer.from(first.subarray(0, 60)).toString())
  throw new AppError(
    'SOURCE_FAILED',
    `${origin}: none of its ${lines.length} lines is a JSON object; it begins with ${begins}. Events are objects, one to a line, joined, indented or in an array.`,
  )
}

function describeProposal({ time, tables }: Proposal): string {
  const others = time.others.length === 0 ? '' : ` (or ${time.others.join(', ')}, by --time)`
  return [
    `  time: ${time.path}${others}`,
    ...tables.map(({ name, key, distinct }) => `  table ${name}, by ${[...key, ...distinct].join(', ')}`),
  ].join('\n')
}

/** Loads the dataset as every command does, plans all of its SQL, and judges the sample. */
async function judge(parts: Parts, folder: string, sample: Sample) {
  const dataset = await loadWritten(folder)
  const [fault] = await planDataset(dataset, parts.openEngine)
  if (fault !== undefined)
    throw new AppError('DATASET_FAULTY', `${folder} was written but cannot run: ${explain(fault)}`)
  return await judgeSample(dataset, sample.lines, parts.openEngine)
}

async function loadWritten(folder: string): Promise<DefinedDataset> {
  const { datasets, leftOut } = await loadDatasets(join(folder, 'dataset.ts'))
  const [dataset] = datasets
  if (dataset !== undefined) return dataset
  throw new AppError('DATASET_FAULTY', `${folder} was written but cannot be loaded: ${leftOut.map(explain).join('; ')}`)
}

/** `from` is null for events that are in the log already. */
function nextCommands(name: string, folder: string, from: string | null): string {
  const path = shellWord(/^(\.{0,2}\/)/.test(folder) ? folder : `./${relative('.', folder)}`)
  const source = shellWord(from ?? '')
  const isFile = from !== null && from !== '-' && !from.includes('://')
  return [
    'Next, after a look at what was guessed:',
    `  tidemark start --datasets ${path}${isFile ? ` --replay ${source} --speedup max` : ''}`,
    ...(isFile || from === null ? [] : [`  tidemark ingest ${source} --dataset ${name} --datasets ${path}`]),
    `  tidemark query --name newest --dataset ${name} --datasets ${path}`,
  ].join('\n')
}

function shellWord(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
