import type { Command } from 'commander'
import { explain } from '../../../schemas/declare/load-datasets.ts'
import { isoTime } from '../../../schemas/formats/stream-time.ts'
import { offsetCount, rangesJson } from '../../../schemas/formats/offset-ranges.ts'
import { storedDatasets } from '../../../schemas/formats/stored-datasets.ts'
import type { ObjectStore } from '../../../schemas/ports/store.ts'
import type { Manifest } from '../../../schemas/formats/manifest.ts'
import { toJson } from '../../../schemas/formats/tidemark.ts'
import { chooseDatasets } from '../../flags/choose-datasets.ts'
import { loadStanding } from '../../../batch/dataset-standing.ts'
import type { DatasetStanding, PartitionStanding } from '../../../batch/dataset-standing.ts'
import { exitCodes } from '../../flags/exit-code.ts'
import { write, writeJson } from '../../output/output.ts'
import type { Parts } from '../../parts/parts.ts'
import type { Plumbing } from '../../parts/plumbing.ts'
import { chosenDatasets, datasetsFlag } from '../../flags/datasets-flag.ts'
import type { DatasetsOption } from '../../flags/datasets-flag.ts'
import { quietly, runCommand } from '../../flags/run-command.ts'
import { bytesText, durationText, textColumns } from '../../output/text-columns.ts'

type Options = { readonly dataset?: string; readonly losses?: boolean; readonly json?: boolean }

/** Chains up to this size are read for their losses even without `--losses`. */
const lossesBytesMaxDefault = 64 * 1024 * 1024

const examples = `
Examples:
  $ tidemark status                  per dataset: what the log holds, what is archived, what the newest generation covers
  $ tidemark status --json | jq '.[].partitions'
  $ tidemark status --losses         also of large archives: what the log deleted before it was archived

Asks log and store, no server; a server's own status, with its memory, is at /v1/status. Exit code 1 where something keeps a dataset from
going on.`

export function addStatusCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('status')
    .description('how far log, archive and generations are')
    .option('--dataset <name>', 'this dataset only')
    .addOption(datasetsFlag())
    .option('--losses', 'read every raw chunk for losses, however many there are')
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(async (options: Options & DatasetsOption) => {
      process.exitCode = await runCommand(env, { ...quietly(env), ...chosenDatasets(options) }, (parts) =>
        showStatus(parts, options),
      )
    })
}

async function showStatus(parts: Parts, options: Options): Promise<number> {
  const datasets = chooseDatasets(parts, options.dataset)
  const plumbing = { log: await parts.openLog(), store: await parts.openStore() }
  await parts.preparePlumbing({ log: plumbing.log })
  const engine = parts.closers.add(
    'engine',
    await parts.openEngine(`status-${process.pid}`, parts.config.BATCH_MEMORY_BYTES_MAX),
  )
  const session = parts.closers.add('session', await engine.connect())
  const lossesBytesMax = options.losses === true ? Number.POSITIVE_INFINITY : lossesBytesMaxDefault
  const statuses: DatasetStanding[] = []
  for (const dataset of datasets) {
    statuses.push(
      await parts.untilReachable('status', () => loadStanding({ dataset, ...plumbing, session, lossesBytesMax })),
    )
  }
  const leftOut = options.dataset === undefined ? parts.leftOut : []
  const others = options.dataset === undefined ? await undeclared(parts, plumbing.store) : []
  if (options.json === true)
    await writeJson([
      ...statuses.map((status) => encode(status, plumbing)),
      ...leftOut.map((each) => ({ dataset: each.name, problems: [`left out: ${explain(each)}`] })),
      ...others.map((name) => ({ dataset: name, is_declared: false, problems: [] })),
    ])
  else {
    for (const status of statuses) await write(textOf(status, plumbing))
    for (const each of leftOut) await write(`${each.name}\n  problem: left out: ${explain(each)}\n`)
    for (const name of others) await write(`${name}\n  generations in the store, not loaded here: see --datasets\n`)
  }
  const isWell = leftOut.length === 0 && statuses.every(({ problems }) => problems.length === 0)
  return isWell ? exitCodes.ok : exitCodes.failure
}

/** What the store has generations of and nobody declares here. */
async function undeclared(parts: Parts, store: ObjectStore): Promise<readonly string[]> {
  const known = [...parts.datasets, ...parts.leftOut].map(({ name }) => name)
  const stored = await parts.untilReachable('status', () => storedDatasets(store))
  return stored.filter((name) => !known.includes(name))
}

function encode(
  { dataset: { name, topic }, logIdentity, manifest, others, partitions, problems }: DatasetStanding,
  { log, store }: Plumbing,
): object {
  return {
    dataset: name,
    topic,
    log: { description: log.description, identity: logIdentity },
    store: store.description,
    generation: manifest?.generation ?? 0,
    created_at: manifest?.created_at ?? null,
    age_ms: manifest === null ? null : ageMs(manifest.created_at),
    stream_time: isoTime(manifest?.stream_time ?? null),
    tidemark: toJson(topic, manifest?.tidemark ?? new Map()),
    partitions: Object.fromEntries(
      partitions.map((partition) => [`${topic}/${partition.partition}`, encodePartition(partition)]),
    ),
    tables: Object.fromEntries(
      Object.entries(manifest?.tables ?? {}).map(([table, files]) => [
        table,
        { rows: total(files, 'rows'), bytes: total(files, 'bytes'), files: files.length },
      ]),
    ),
    other_declarations: others.map((other) => ({
      declaration: other.declaration,
      generation: other.generation,
      created_at: other.created_at,
    })),
    problems,
  }
}

function encodePartition({ log, archived, tidemark, unarchived, unbatched, losses }: PartitionStanding): object {
  return {
    log: log === null ? null : { first: String(log.firstOffset), next: String(log.nextOffset) },
    archived: String(archived),
    tidemark: String(tidemark),
    unarchived: Number(unarchived),
    unbatched: Number(unbatched),
    losses: losses === null ? null : rangesJson(losses),
  }
}

function textOf(status: DatasetStanding, { log, store }: Plumbing): string {
  const { dataset, logIdentity, others, partitions, problems } = status
  const rows = partitions.map(({ partition, log: held, archived, tidemark, unarchived, unbatched, losses }) => [
    `${dataset.topic}/${partition}`,
    held === null ? 'nothing' : `${held.firstOffset} to ${held.nextOffset}`,
    String(archived),
    String(tidemark),
    String(unarchived),
    String(unbatched),
    losses === null ? 'not read, --losses' : String(offsetCount(losses)),
  ])
  const titles = ['partition', 'log holds', 'archived to', 'tidemark', 'unarchived', 'unbatched', 'lost']
  return [
    `${dataset.name}\n`,
    `  log         ${log.description}, identity ${logIdentity}\n`,
    `  store       ${store.description}\n`,
    `  generation  ${generationText(status)}\n`,
    ...others.map(
      (other) =>
        `  beside it   ${factsOf(other)}; made by another declaration; once nothing uses it, \`tidemark gc --forget ${other.declaration}\` deletes it\n`,
    ),
    textColumns(
      [titles, ...rows],
      [{}, {}, { isNumber: true }, { isNumber: true }, { isNumber: true }, { isNumber: true }, { isNumber: true }],
      '  ',
    ),
    ...partitions.flatMap(({ partition, losses }) =>
      (losses ?? []).map(
        ({ firstOffset, nextOffset }) =>
          `  lost: ${dataset.topic}/${partition} offsets ${firstOffset} to ${nextOffset}, deleted by the log before they were archived\n`,
      ),
    ),
    ...problems.map((problem) => `  problem: ${problem}\n`),
  ].join('')
}

function generationText({ manifest, others }: DatasetStanding): string {
  if (manifest !== null) return factsOf(manifest)
  return others.length === 0
    ? 'none yet, the speed layer holds everything; `tidemark batch run` makes one'
    : 'none of this declaration yet; the next batch run makes one beside the others'
}

function factsOf(manifest: Manifest): string {
  const files = Object.values(manifest.tables).flat()
  return `${manifest.generation}, ${durationText(ageMs(manifest.created_at))} old, ${total(files, 'rows')} rows in ${files.length} files of ${bytesText(total(files, 'bytes'))}`
}

function ageMs(createdAt: string): number {
  return Math.max(0, Date.now() - Date.parse(createdAt))
}

function total<K extends 'rows' | 'bytes'>(files: readonly Readonly<Record<K, number>>[], what: K): number {
  return files.reduce((sum, file) => sum + file[what], 0)
}
