import type { Command } from 'commander'
import { collectGarbage } from '../../batch/gc.ts'
import { chooseDatasets } from '../flags/choose-datasets.ts'
import { tell, write, writeJson } from '../output/output.ts'
import type { Parts } from '../parts/parts.ts'
import { chosenDatasets, datasetsFlag } from '../flags/datasets-flag.ts'
import type { DatasetsOption } from '../flags/datasets-flag.ts'
import { quietly, runCommand } from '../flags/run-command.ts'
import { bytesText } from '../output/text-columns.ts'

type Options = { readonly dataset?: string; readonly dryRun?: boolean; readonly json?: boolean }

const examples = `
Examples:
  $ tidemark gc --dry-run        what would be deleted
  $ tidemark gc                  deletes it
  $ GC_KEEP_GENERATIONS=1 GC_GRACE_MS=60000 tidemark gc

Deleted are Parquet files of generations that are neither among the newest GC_KEEP_GENERATIONS nor were the newest within
GC_GRACE_MS, and verdicts by contracts of which no other generation is left. Manifests and raw chunks always stay. A running batch role does the same after each run.`

export function addGcCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('gc')
    .description('delete Parquet files and verdicts that no generation needs any more')
    .option('--dataset <name>', 'this dataset only')
    .addOption(datasetsFlag())
    .option('--dry-run', 'delete nothing, only name what would be deleted')
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(async (options: Options & DatasetsOption) => {
      process.exitCode = await runCommand(env, { ...quietly(env), ...chosenDatasets(options) }, (parts) =>
        collect(parts, options),
      )
    })
}

async function collect(parts: Parts, options: Options): Promise<void> {
  const { GC_KEEP_GENERATIONS: keepGenerations, GC_GRACE_MS: graceMs } = parts.config
  const store = await parts.openStore()
  const isDryRun = options.dryRun === true
  const results: { dataset: string; is_dry_run: boolean; bytes: number; deleted: { key: string; bytes: number }[] }[] =
    []
  for (const { name } of chooseDatasets(parts, options.dataset)) {
    const { deleted, bytes } = await parts.untilReachable('store', () =>
      collectGarbage({ store, dataset: name, keepGenerations, graceMs, now: Date.now(), isDryRun }),
    )
    results.push({
      dataset: name,
      is_dry_run: isDryRun,
      bytes,
      deleted: deleted.map((object) => ({ key: object.key, bytes: object.bytes })),
    })
  }
  if (options.json === true) return await writeJson(results)
  for (const { dataset, deleted, bytes } of results) {
    await write(deleted.map(({ key }) => `${key}\n`).join(''))
    tell(`${dataset}: ${deleted.length} files of ${bytesText(bytes)} ${isDryRun ? 'would be deleted' : 'deleted'}`)
  }
}
