import type { Command } from 'commander'
import { archiveAll } from '../roles/archive-role.ts'
import { openBatchRole, runAll } from '../roles/batch-role.ts'
import { chooseDatasets } from '../flags/choose-datasets.ts'
import { encodeRun } from './encode-run.ts'
import type { Parts } from '../parts/parts.ts'
import { Progress } from '../output/progress.ts'
import { chosenDatasets, datasetsFlag } from '../flags/datasets-flag.ts'
import type { DatasetsOption } from '../flags/datasets-flag.ts'
import { runCommand } from '../flags/run-command.ts'

type RunOptions = { readonly dataset?: string; readonly rebuild?: boolean }

const examples = `
Examples:
  $ tidemark batch                   at every tick of BATCH_CRON
  $ tidemark batch run               once: archives to the log's end, makes the next generation, prints it as JSON
  $ tidemark batch run --rebuild     the same from all raw chunks`

export function addBatchCommand(program: Command, env: NodeJS.ProcessEnv): void {
  const batch = program
    .command('batch')
    .description('make generations of the raw chunks')
    .addOption(datasetsFlag())
    .addHelpText('after', examples)
    .action(async (options: DatasetsOption) => {
      process.exitCode = await runCommand(env, chosenDatasets(options), schedule)
    })
  batch
    .command('run')
    .description('once: archive to the end of the log, run, print each generation as JSON')
    .option('--dataset <name>', 'this dataset only')
    .addOption(datasetsFlag())
    .option('--rebuild', 'from all raw chunks, not from the newest generation')
    .action(async (_: RunOptions, command: Command) => {
      // `batch` has the flag as well, and takes it wherever it stands.
      const options = command.optsWithGlobals<RunOptions & DatasetsOption>()
      process.exitCode = await runCommand(env, chosenDatasets(options), (parts) => runOnce(parts, options))
    })
}

async function schedule(parts: Parts): Promise<void> {
  const plumbing = { log: await parts.openLog(), store: await parts.openStore() }
  await parts.preparePlumbing(plumbing)
  parts.closers.add('batch', openBatchRole(parts, plumbing))
  process.stderr.write(`batch runs of ${plumbing.store.description} at ${parts.config.BATCH_CRON} (UTC)\n`)
  await parts.stopped()
}

async function runOnce(parts: Parts, { dataset, rebuild = false }: RunOptions): Promise<void> {
  const datasets = chooseDatasets(parts, dataset)
  const plumbing = { log: await parts.openLog(), store: await parts.openStore() }
  await parts.preparePlumbing(plumbing)
  await archiveAll(parts, { ...plumbing, datasets })
  const progress = new Progress()
  const results = await runAll(parts, plumbing.store, {
    datasets,
    isRebuild: rebuild,
    onProgress: (dataset, done, total) =>
      progress.show(`${dataset}: ${Math.round((100 * done) / total)} % of ${Math.ceil(total / 1e6)} MB read`),
  })
  progress.end()
  for (const result of results) process.stdout.write(`${JSON.stringify(encodeRun(result))}\n`)
}
