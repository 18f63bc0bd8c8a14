import type { Command } from 'commander'
import { collectGarbage } from '../../batch/gc.ts'
import type { Garbage, Kept } from '../../batch/gc.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'
import { chooseDatasets } from '../flags/choose-datasets.ts'
import { tell, write, writeJson } from '../output/output.ts'
import type { Parts } from '../parts/parts.ts'
import { chosenDatasets, datasetsFlag } from '../flags/datasets-flag.ts'
import type { DatasetsOption } from '../flags/datasets-flag.ts'
import { quietly, runCommand } from '../flags/run-command.ts'
import { bytesText, durationText } from '../output/text-columns.ts'

type Options = {
  readonly dataset?: string
  readonly forget?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

const examples = `
Examples:
  $ tidemark gc --dry-run        what would be deleted
  $ tidemark gc                  deletes it
  $ GC_KEEP_GENERATIONS=1 GC_GRACE_MS=60000 tidemark gc
  $ tidemark gc --dataset shop --forget 3f2a90c1d4e5b677     an earlier declaration that no replica and no batch run uses

Deleted are Parquet files of generations that are neither among the newest GC_KEEP_GENERATIONS of their declaration nor
were its newest within GC_GRACE_MS, and verdicts by contracts of which no other generation is left. Manifests and raw
chunks always stay, and so do files younger than GC_GRACE_MS. A running batch role does the same after each run, but it forgets no declaration.`

export function addGcCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('gc')
    .description('delete Parquet files and verdicts that no generation needs any more')
    .option('--dataset <name>', 'this dataset only')
    .addOption(datasetsFlag())
    .option('--forget <declaration>', 'also what stays of this other declaration; `tidemark status` names them')
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
  const datasets = chooseDatasets(parts, options.dataset)
  const { forget } = options
  if (datasets.some(({ hash }) => hash === forget))
    throw new AppError('USAGE', `--forget ${forget}: this is the declaration that is loaded here, not an earlier one`)
  const results: (Garbage & { readonly dataset: DefinedDataset })[] = []
  for (const dataset of datasets) {
    const garbage = await parts.untilReachable('store', () =>
      collectGarbage({
        store,
        dataset: dataset.name,
        keepGenerations,
        graceMs,
        now: Date.now(),
        isDryRun,
        ...(forget === undefined ? {} : { forgotten: forget }),
      }),
    )
    results.push({ ...garbage, dataset })
  }
  if (forget !== undefined && results.every(({ ofForgotten }) => ofForgotten === 0))
    throw new AppError(
      'NOT_FOUND',
      `--forget ${forget}: there is no file of this declaration; \`tidemark gc --dry-run\` names those that have some`,
    )
  if (options.json === true)
    return await writeJson(
      results.map(({ dataset, deleted, bytes, young, kept }) => ({
        dataset: dataset.name,
        is_dry_run: isDryRun,
        bytes,
        deleted: deleted.map((object) => ({ key: object.key, bytes: object.bytes })),
        young,
        kept: kept.map(({ newest, ...of }) => ({ ...of, generation: newest?.generation ?? null })),
      })),
    )
  for (const { dataset, deleted, bytes, young, kept } of results) {
    await write(deleted.map(({ key }) => `${key}\n`).join(''))
    tell(`${dataset.name}: ${deleted.length} files of ${bytesText(bytes)} ${isDryRun ? 'would be deleted' : 'deleted'}`)
    if (young > 0)
      tell(
        `  ${young} more, which nobody needs, are not ${durationText(graceMs)} old yet (GC_GRACE_MS): run it again then`,
      )
    for (const other of kept) if (other.declaration !== dataset.hash) tell(`  ${keptText(other)}`)
  }
}

function keptText({ declaration, newest, files, bytes }: Kept): string {
  const of =
    newest === null
      ? 'which has no generation: a run of it is not done yet, or was ended'
      : `whose newest generation is ${newest.generation}, of ${newest.created_at}`
  return `kept: ${files} files of ${bytesText(bytes)} for declaration ${declaration}, ${of}; once no replica and no batch run uses it, --forget ${declaration} deletes them`
}
