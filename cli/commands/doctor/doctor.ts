import type { Command } from 'commander'
import { explain } from '../../../schemas/declare/load-datasets.ts'
import { countFlag } from '../../flags/number-flags.ts'
import { check, fail, ok } from './check.ts'
import type { Check } from './check.ts'
import { checkCache, checkCores, checkDataFolder, checkDefaults, checkMemory, checkNode } from './machine.ts'
import { checkBucket, checkDataset, checkStore, checkStoredDatasets, checkTopic } from './plumbing.ts'
import { exitCodes } from '../../flags/exit-code.ts'
import { write, writeJson } from '../../output/output.ts'
import type { Parts } from '../../parts/parts.ts'
import { planDatasets } from '../../parts/plan-datasets.ts'
import { chosenDatasets, datasetsFlag } from '../../flags/datasets-flag.ts'
import type { DatasetsOption } from '../../flags/datasets-flag.ts'
import { quietly, runCommand } from '../../flags/run-command.ts'
import { textColumns } from '../../output/text-columns.ts'

type Options = { readonly create?: boolean; readonly json?: boolean; readonly patienceMs: string }

const examples = `
Examples:
  $ tidemark doctor                    what is right, what is not, and what to do about it
  $ tidemark doctor --create           makes topics and bucket where they are missing; may be repeated
  $ KAFKA_BROKERS=localhost:9092 S3_BUCKET=tidemark AWS_ENDPOINT_URL_S3=http://localhost:9000 tidemark doctor

Uploads about 20 MB to see whether the store's conditional puts fence, and removes them. Exit code 1 if a check fails.`

export function addDoctorCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('doctor')
    .description('check machine, datasets, configuration, log and store')
    .option('--create', 'create topics and the bucket if they are missing')
    .option('--json', 'as JSON')
    .option('--patience-ms <n>', 'how long a check may take', '30000')
    .addOption(datasetsFlag())
    .addHelpText('after', examples)
    .action(async (options: Options & DatasetsOption) => {
      process.exitCode = await runCommand(env, { ...quietly(env), ...chosenDatasets(options) }, (parts) =>
        examine(parts, options),
      )
    })
}

async function examine(parts: Parts, options: Options): Promise<number> {
  const patienceMs = countFlag('--patience-ms', options.patienceMs, 3_600_000)
  const checks = await runChecks(parts, { isCreating: options.create === true, patienceMs })
  if (options.json === true) await writeJson({ ok: isWell(checks), checks })
  else
    await write(
      textColumns(
        checks.map(({ name, status, message }) => [status, name, message]),
        [{}, {}, {}],
      ),
    )
  return isWell(checks) ? exitCodes.ok : exitCodes.failure
}

/** Runs the checks in order. A check that depends on one that failed is left out. */
async function runChecks(
  parts: Parts,
  { isCreating, patienceMs }: { readonly isCreating: boolean; readonly patienceMs: number },
): Promise<readonly Check[]> {
  const { config } = parts
  const checks: Check[] = []
  const passes = async (name: string, work: () => Promise<Omit<Check, 'name'>>): Promise<boolean> => {
    const found = await check(name, patienceMs, work)
    checks.push(found)
    return found.status !== 'fail'
  }
  await passes('node', async () => checkNode(process.versions.node))
  await passes('datasets', async () => {
    parts.leaveOut(await planDatasets(parts))
    return checkDefaults(parts.datasets)
  })
  for (const each of parts.leftOut) checks.push({ name: `dataset ${each.name}`, ...fail(`left out: ${explain(each)}`) })
  const { datasets } = parts
  await passes('configuration', async () =>
    ok(
      `log: ${config.KAFKA_BROKERS === undefined ? 'embedded' : 'Kafka'}, store: ${config.S3_BUCKET === undefined ? 'folder' : 'S3'}`,
    ),
  )
  await passes('cores', async () => checkCores(config))
  await passes('memory', async () => checkMemory(config))
  if (!(await passes('data folder', () => checkDataFolder(parts.folder('.'))))) return checks
  await passes('cache', () => checkCache(parts.folder('cache')))
  const log = await parts.openLog()
  const hasTopics: boolean[] = []
  for (const { topic } of datasets)
    hasTopics.push(await passes(`topic ${topic}`, () => checkTopic(log, topic, isCreating)))
  const bucket = config.S3_BUCKET === undefined ? null : parts.s3Options(config.S3_BUCKET, config.S3_PREFIX)
  const hasBucket = await passes('bucket', () => checkBucket(bucket, isCreating))
  const store = await parts.openStore()
  if (!hasBucket || !(await passes('store', () => checkStore(store)))) return checks
  const known = new Set([...datasets, ...parts.leftOut].map(({ name }) => name))
  await passes('stored datasets', () => checkStoredDatasets(store, known))
  const engine = parts.closers.add(
    'engine',
    await parts.openEngine(`doctor-${process.pid}`, config.BATCH_MEMORY_BYTES_MAX),
  )
  const session = parts.closers.add('session', await engine.connect())
  for (const [index, dataset] of datasets.entries()) {
    if (hasTopics[index] === true)
      await passes(`dataset ${dataset.name}`, () => checkDataset({ dataset, log, store, session }))
  }
  return checks
}

function isWell(checks: readonly Check[]): boolean {
  return checks.every(({ status }) => status !== 'fail')
}
