import type { Command } from 'commander'
import { z } from 'zod'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { ident } from '../../../schemas/sql/sql-text.ts'
import type { JsonValue } from '../../../serving/replica/reader.ts'
import { askHere } from './ask-here.ts'
import { countFlag } from '../../flags/number-flags.ts'
import { findDataset } from '../../flags/find-dataset.ts'
import { tell, write, writeJson } from '../../output/output.ts'
import type { Parts } from '../../parts/parts.ts'
import { printable } from '../../output/printable.ts'
import { chosenDatasets, datasetsFlag } from '../../flags/datasets-flag.ts'
import type { DatasetsOption } from '../../flags/datasets-flag.ts'
import { quietly, runCommand } from '../../flags/run-command.ts'

type Options = { readonly dataset?: string; readonly limit: string; readonly json?: boolean }

const examples = `
Examples:
  $ tidemark rejected                     the newest first: where it is in the log, when it came, why, and its bytes
  $ tidemark rejected --limit 1000 --json | jq -r .[].reason | sort | uniq -c | sort -rn
  $ tidemark query "SELECT reason, count(*) FROM rsvp.rejected GROUP BY reason"

In text, bytes that are no printable UTF-8 are written as \\x and their hexadecimal digits; in JSON, value is base64.`

export function addRejectedCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('rejected')
    .description('events that break their contract, with the reason and their bytes')
    .option('--dataset <name>', 'the dataset of the events')
    .addOption(datasetsFlag())
    .option('--limit <n>', 'show at most this many', '20')
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(async (options: Options & DatasetsOption) => {
      process.exitCode = await runCommand(env, { ...quietly(env), ...chosenDatasets(options) }, (parts) =>
        listRejected(parts, options),
      )
    })
}

const Row = z
  .tuple([z.number(), z.union([z.number(), z.string()]), z.string(), z.string(), z.string().nullable()])
  .rest(z.unknown())

type Rejected = {
  readonly partition: number
  readonly offset: string
  readonly received_at: string
  readonly reason: string
  readonly value: string | null
}

async function listRejected(parts: Parts, options: Options): Promise<void> {
  const dataset = findDataset(parts, options.dataset)
  const limit = countFlag('--limit', options.limit, 1_000_000)
  const { rows } = await askHere(parts, {
    sql: `SELECT log_partition, log_offset, received_at, reason, value, count(*) OVER () FROM ${ident(dataset.name)}.rejected ORDER BY received_at DESC, log_partition, log_offset DESC LIMIT $limit`,
    params: { limit: BigInt(limit) },
    view: 'merged',
    dataset: dataset.name,
    rowsMax: limit,
  })
  const rejected = rows.map(decodeRow)
  if (options.json === true) return await writeJson(rejected)
  await write(rejected.map((event) => textOf(dataset, event)).join(''))
  const total = Number(rows[0]?.[5] ?? 0)
  tell(
    total === 0
      ? `${dataset.name}: no event was rejected`
      : `${dataset.name}: ${rejected.length} of ${total} rejected events`,
  )
}

function decodeRow(row: readonly JsonValue[]): Rejected {
  const [partition, offset, receivedAt, reason, value] = Row.parse(row)
  return { partition, offset: String(offset), received_at: receivedAt, reason, value }
}

function textOf(
  { topic }: DefinedDataset,
  { partition, offset, received_at: receivedAt, reason, value }: Rejected,
): string {
  const bytes = value === null ? '(a record without a value)' : printable(Buffer.from(value, 'base64'))
  return `${topic}/${partition}@${offset}  ${receivedAt}  ${printable(Buffer.from(reason))}\n  ${bytes}\n`
}
