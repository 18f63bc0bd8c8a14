import type { Command } from 'commander'
import { isThere } from '../../../connectors/disk/is-there.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { explain, loadDatasets } from '../../../schemas/declare/load-datasets.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { ObjectStore } from '../../../schemas/ports/store.ts'
import { datasetsFlag } from '../../flags/datasets-flag.ts'
import type { DatasetsOption } from '../../flags/datasets-flag.ts'
import { exitCodes } from '../../flags/exit-code.ts'
import { countFlag } from '../../flags/number-flags.ts'
import { quietly, runCommand } from '../../flags/run-command.ts'
import { write, writeJson } from '../../output/output.ts'
import type { Parts } from '../../parts/parts.ts'
import { planDataset } from '../../parts/plan-datasets.ts'
import { check } from '../doctor/check.ts'
import { describeJudged, judgeSample } from './judge-sample.ts'
import type { Judged } from './judge-sample.ts'
import { readSample } from './read-sample.ts'
import type { Sample } from './read-sample.ts'
import { describeStored, loadStored } from './stored-generations.ts'
import type { StoredGenerations } from './stored-generations.ts'

type Options = DatasetsOption & {
  readonly from?: string
  readonly events: string
  readonly json?: boolean
  readonly patienceMs: string
}

/** What was found out about one dataset. */
type Checked = {
  readonly name: string
  /** Each begins with the dataset and the place. */
  readonly problems: readonly string[]
  /** Null where no store answers, for the reason `storeFault`. */
  readonly stored?: StoredGenerations | null
  readonly storeFault?: string
  readonly judged?: Judged
}

const eventsMax = 100_000

const examples = `
Examples:
  $ tidemark check ./shop                              what is wrong with a dataset, and where
  $ tidemark check ./shop --from orders.ndjson         also which events of a sample it rejects, and why
  $ tidemark check ./shop --from orders                the same of the newest events of a topic of the log
  $ tidemark check --datasets rsvp,./shop --json

Imports the modules, defines the datasets, has the engine plan all of their SQL, and takes made-up events through what
is derived, as a service does when it starts.
Where there is a store, says what the next batch run will do to what is stored. Changes nothing. Exit code 1 if
something is wrong or an event of the sample is rejected.`

export function addCheckCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('check')
    .description('say what is wrong with datasets, and what a change of one will do to what is stored')
    .argument('[datasets...]', 'examples by name, your folders, modules; in place of --datasets')
    .addOption(datasetsFlag())
    .option(
      '--from <source>',
      'judge these events by the dataset: FILE[.gz] | topic | - | s3://bucket/prefix | http(s)://',
    )
    .option('--events <n>', 'read at most so many of them', '10000')
    .option('--json', 'as JSON')
    .option('--patience-ms <n>', 'how long the store may take to answer', '10000')
    .addHelpText('after', examples)
    .action(async (given: readonly string[], options: Options) => {
      const { TIDEMARK_DATASETS: chosen, ...others } = env
      const list = given.length > 0 ? given.join(',') : (options.datasets ?? chosen)
      // A faulty dataset is what the command reports, so that it loads the list itself.
      process.exitCode = await runCommand(others, quietly(env), (parts) => checkDatasets(parts, list, options))
    })
}

async function checkDatasets(parts: Parts, list: string | undefined, options: Options): Promise<number> {
  const { datasets, leftOut } = await loadDatasets(list)
  if (datasets.length + leftOut.length === 0)
    throw new AppError('USAGE', 'there is no dataset in the list: expected names, folders or modules')
  const { from } = options
  if (from !== undefined && datasets.length + leftOut.length !== 1)
    throw new AppError('USAGE', '--from judges by one dataset: name it, as in tidemark check ./shop --from FILE')
  const sample =
    from === undefined || datasets.length === 0
      ? null
      : await readSample(parts, from, countFlag('--events', options.events, eventsMax))
  const patienceMs = countFlag('--patience-ms', options.patienceMs, 3_600_000)
  const checked: Checked[] = leftOut.map((each) => ({ name: each.name, problems: [explain(each)] }))
  const store = (await hasStore(parts)) ? new LateStore(parts) : null
  for (const dataset of datasets) checked.push(await checkDataset(parts, dataset, { sample, patienceMs, store }))
  if (options.json === true) await writeJson({ ok: checked.every(isRight), datasets: checked.map(encode) })
  else for (const each of checked) await write(`${describe(each, sample?.origin ?? '').join('\n')}\n`)
  return checked.every(isRight) ? exitCodes.ok : exitCodes.failure
}

function isRight({ problems, judged }: Checked): boolean {
  return problems.length === 0 && (judged === undefined || judged.accepted === judged.events)
}

type Asked = {
  readonly sample: Sample | null
  readonly patienceMs: number
  readonly store: LateStore | null
}

async function checkDataset(
  parts: Parts,
  dataset: DefinedDataset,
  { sample, patienceMs, store }: Asked,
): Promise<Checked> {
  const { name } = dataset
  const faults = await planDataset(dataset, parts.openEngine)
  return {
    name,
    problems: faults.map(explain),
    ...(await storedOf(dataset, store, patienceMs)),
    ...(sample === null ? {} : { judged: await judgeSample(dataset, sample.lines, parts.openEngine) }),
  }
}

/** A store that does not answer is no fault of the dataset. */
async function storedOf(
  dataset: DefinedDataset,
  store: LateStore | null,
  patienceMs: number,
): Promise<Pick<Checked, 'stored' | 'storeFault'>> {
  if (store === null) return { stored: null, storeFault: 'there is no store yet' }
  let stored: StoredGenerations | null = null
  const found = await check('store', patienceMs, async () => {
    stored = await loadStored(await store.opened(), dataset)
    return { status: 'ok', message: '' }
  })
  return found.status === 'ok' ? { stored } : { stored: null, storeFault: `the store: ${found.message}` }
}

/** A store that is opened when the first dataset asks for it. */
class LateStore {
  readonly #parts: Pick<Parts, 'openStore'>
  #opening: Promise<ObjectStore> | undefined

  constructor(parts: Pick<Parts, 'openStore'>) {
    this.#parts = parts
  }

  opened(): Promise<ObjectStore> {
    this.#opening ??= this.#parts.openStore()
    return this.#opening
  }
}

/** Opening a folder's store would make it. */
async function hasStore({ config, folder }: Parts): Promise<boolean> {
  return config.S3_BUCKET !== undefined || (await isThere(folder('store')))
}

function encode({ name, problems, stored, storeFault, judged }: Checked): object {
  return {
    dataset: name,
    problems,
    stored:
      stored === undefined || stored === null
        ? null
        : {
            generation: stored.generation,
            is_rebuild: stored.isRebuild,
            is_judged_again: stored.isJudgedAgain,
            raw_chunks: stored.chunks,
            raw_bytes: stored.bytes,
            events: stored.events,
          },
    ...(storeFault === undefined ? {} : { store_problem: storeFault }),
    ...(judged === undefined ? {} : { sample: judged }),
  }
}

function describe({ name, problems, stored, storeFault, judged }: Checked, sample: string): readonly string[] {
  return [
    ...(problems.length === 0 ? [`${name}: everything in it can run`] : problems),
    ...(stored === undefined ? [] : [`  ${stored === null ? (storeFault ?? '') : describeStored(stored)}`]),
    ...(judged === undefined
      ? []
      : describeJudged(judged).map((line, at) => `  ${at === 0 ? `${sample}: ` : ''}${line}`)),
  ]
}
