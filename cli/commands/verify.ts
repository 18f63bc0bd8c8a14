import type { Command } from 'commander'
import { verifyDataset } from '../../batch/verify/verify.ts'
import type { DigestCounts } from '../../batch/verify/findings.ts'
import type { VerifiedPartition } from '../../batch/verify/verified-partitions.ts'
import type { VerifyReport, VerifyStep } from '../../batch/verify/verify.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { offsetCount, offsetCountOf, partitionRangesJson, rangesJson } from '../../schemas/formats/offset-ranges.ts'
import { toJson } from '../../schemas/formats/tidemark.ts'
import { chooseDatasets } from '../flags/choose-datasets.ts'
import { countFlag } from '../flags/number-flags.ts'
import { exitCodeOfReports, exitCodes } from '../flags/exit-code.ts'
import { write, writeJson } from '../output/output.ts'
import { segmentBytesMax } from '../parts/engine-limits.ts'
import type { Parts } from '../parts/parts.ts'
import { Progress } from '../output/progress.ts'
import { chosenDatasets, datasetsFlag } from '../flags/datasets-flag.ts'
import type { DatasetsOption } from '../flags/datasets-flag.ts'
import { quietly, runCommand } from '../flags/run-command.ts'

type Options = {
  readonly dataset?: string
  readonly examples: string
  readonly allowLost?: boolean
  readonly json?: boolean
}

const examples = `
Examples:
  $ tidemark verify                    everything, with what differs; exit code 3 where something does
  $ tidemark verify --json | jq '.[].differences'
  $ tidemark verify --allow-lost       exit code 0 where nothing differs, whatever the log deleted before it was archived

Rebuilds every table from the raw chunks and compares it with the newest generation, row by row; checks that each archived
offset lies in exactly one chunk and that the chunks have, byte for byte, what the log still holds; checks the manifests and
their files. Every object is held to its digest, and the older ones that have none are counted. What the log deleted before it was archived is lost to all layers alike: it is named, and is exit code 4
where nothing differs besides. What is not archived or not batched yet is reported and no difference. May run beside everything else, and
changes nothing.`

export function addVerifyCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('verify')
    .description('compare log, raw chunks and generation with each other')
    .option('--dataset <name>', 'this dataset only')
    .addOption(datasetsFlag())
    .option('--examples <n>', 'name at most this many examples of a difference', '10')
    .option('--allow-lost', 'name known losses, but do not fail because of them')
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(async (options: Options & DatasetsOption) => {
      process.exitCode = await runCommand(env, { ...quietly(env), ...chosenDatasets(options) }, (parts) =>
        verify(parts, options),
      )
    })
}

async function verify(parts: Parts, options: Options): Promise<number> {
  const { config } = parts
  const examplesMax = countFlag('--examples', options.examples, 1000)
  const datasets = chooseDatasets(parts, options.dataset)
  const plumbing = { log: await parts.openLog(), store: await parts.openStore() }
  await parts.preparePlumbing({ log: plumbing.log })
  const progress = new Progress()
  const reports: { dataset: DefinedDataset; report: VerifyReport }[] = []
  for (const dataset of datasets) {
    const report = await verifyDataset({
      dataset,
      ...plumbing,
      openEngine: () => parts.openEngine(`verify-${process.pid}`, config.BATCH_MEMORY_BYTES_MAX),
      workFolder: parts.workFolder,
      groupBytesMax: config.BATCH_GROUP_BYTES_MAX,
      segmentBytesMax: segmentBytesMax(config),
      examplesMax,
      onProgress: (step, done, total) =>
        progress.show(`${dataset.name}: ${stepTexts[step]}, ${Math.round((100 * done) / Math.max(1, total))} %`),
    })
    reports.push({ dataset, report })
  }
  progress.end()
  if (options.json === true) await writeJson(reports.map(encode))
  else for (const found of reports) await write(textOf(found))
  const found = exitCodeOfReports(
    reports.map(({ report }) => report),
    options.allowLost === true,
  )
  if (found !== exitCodes.ok) return found
  // If a dataset is left out, nothing is verified for it, so this is not a success.
  return options.dataset === undefined && parts.leftOut.length > 0 ? exitCodes.failure : exitCodes.ok
}

const stepTexts = {
  chains: 'reading the raw chunks',
  log: 'comparing them with the log',
  tables: 'rebuilding the tables',
} as const satisfies Record<VerifyStep, string>

type Found = { readonly dataset: DefinedDataset; readonly report: VerifyReport }

function encode({ dataset, report }: Found): object {
  const { manifest, partitions, comparedWithLog, rows, digests, differences, lost, notes } = report
  return {
    dataset: dataset.name,
    clean: differences.length === 0 && lost.size === 0,
    generation: manifest?.generation ?? 0,
    tidemark: toJson(dataset.topic, manifest?.tidemark ?? new Map()),
    partitions: Object.fromEntries(
      partitions.map((partition) => [`${dataset.topic}/${partition.partition}`, encodePartition(partition)]),
    ),
    compared_with_log: comparedWithLog,
    rows,
    digests: {
      chain_starts: digests.chainStarts,
      chunks: digests.chunks,
      manifests: digests.manifests,
      table_files: digests.tableFiles,
      verdicts: digests.verdicts,
    },
    differences,
    lost: partitionRangesJson(dataset.topic, lost),
    notes,
  }
}

function encodePartition({
  firstOffset,
  nextOffset,
  chunkCount,
  losses,
  unarchivedCount,
  unbatchedCount,
}: VerifiedPartition): object {
  return {
    first: String(firstOffset),
    next: String(nextOffset),
    chunks: chunkCount,
    losses: rangesJson(losses),
    unarchived: Number(unarchivedCount),
    unbatched: Number(unbatchedCount),
  }
}

function textOf({ dataset: { name, topic }, report }: Found): string {
  const { manifest, partitions, comparedWithLog, rows, digests, differences, lost, notes } = report
  const rowCount = Object.values(rows ?? {}).reduce((sum, count) => sum + count, 0)
  const lines = [
    `${name}: ${differences.length === 0 ? 'no difference' : `${differences.length} ${differences.length === 1 ? 'difference' : 'differences'}`}${lost.size === 0 ? '' : `, ${offsetCountOf(lost)} offsets LOST`}`,
    manifest === null
      ? '  no generation yet'
      : `  generation ${manifest.generation}: ${rows === null ? 'tables not compared' : `${rowCount} rows of ${Object.keys(rows).length} tables compared with a rebuild from raw`}`,
    ...partitions.map((partition) => `  ${topic}/${partition.partition}: ${partitionText(partition)}`),
    `  ${comparedWithLog} records compared with the log`,
    `  ${digestsText(digests)}`,
    ...notes.map((note) => `  note: ${note}`),
    ...differences.flatMap(({ check, subject, message, count, examples: named }) => [
      `  ${check}: ${subject} ${message}${count > 1 ? ` (${count})` : ''}`,
      ...named.map((example) => `    ${example}`),
      ...(count > named.length && named.length > 0 ? [`    and ${count - named.length} more`] : []),
    ]),
  ]
  return `${lines.join('\n')}\n`
}

function digestsText({ chainStarts, chunks, manifests, tableFiles, verdicts }: DigestCounts): string {
  const kinds = [
    [chainStarts, 'chain starts'],
    [chunks, 'chunks'],
    [manifests, 'manifests'],
    [tableFiles, 'table files'],
    [verdicts, 'verdicts'],
  ] as const
  const checked = kinds.map(([count, kind]) => `${kind} ${count.checked}`).join(', ')
  const without = kinds.filter(([count]) => count.without > 0).map(([count, kind]) => `${kind} ${count.without}`)
  return `digests match: ${checked}${without.length === 0 ? '' : `; older objects without one: ${without.join(', ')}`}`
}

function partitionText({
  firstOffset,
  nextOffset,
  chunkCount,
  losses,
  unarchivedCount,
  unbatchedCount,
}: VerifiedPartition): string {
  const lost = offsetCount(losses)
  return [
    `offsets ${firstOffset} to ${nextOffset} in ${chunkCount} ${chunkCount === 1 ? 'chunk' : 'chunks'}`,
    ...(unarchivedCount > 0n ? [`${unarchivedCount} not archived yet`] : []),
    ...(unbatchedCount > 0n ? [`${unbatchedCount} not batched yet`] : []),
    lost > 0n
      ? `${lost} LOST: the log deleted ${losses.map((range) => `${range.firstOffset} to ${range.nextOffset}`).join(', ')} before they were archived`
      : 'none lost',
  ].join(', ')
}
