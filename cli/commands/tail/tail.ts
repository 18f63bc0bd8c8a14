import type { Command } from 'commander'
import { Deferred } from '../../../schemas/async/deferred.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { AppError, hasCode } from '../../../schemas/errors.ts'
import type { EventLog, LogSlice, OffsetRange } from '../../../schemas/ports/log.ts'
import type { Positions } from '../../../schemas/formats/tidemark.ts'
import { countFlag } from '../../flags/number-flags.ts'
import { tell, write } from '../../output/output.ts'
import type { Parts } from '../../parts/parts.ts'
import { printable } from '../../output/printable.ts'
import { publishedTopics } from '../../roles/publish-feeds.ts'
import { chosenDatasets, datasetsFlag } from '../../flags/datasets-flag.ts'
import type { DatasetsOption } from '../../flags/datasets-flag.ts'
import { quietly, runCommand } from '../../flags/run-command.ts'
import { recordJson } from './record.ts'

type TailOptions = { from: string; count?: string; json?: true }

const countMax = 1_000_000_000

const examples = `
Examples:
  $ tidemark tail rsvp.trending                        what is published from now on, until interrupted
  $ tidemark tail rsvp --from start                    every event that the log still holds, then what arrives
  $ tidemark tail rsvp --from -5 --count 5             the last five of each partition, five in all
  $ tidemark tail rsvp --from 1200 --json | jq .value  from offset 1200 on, with partition, offset, time and key`

export function addTailCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('tail')
    .description('show a topic of the log, a line for each record, and follow it')
    .argument('<topic>', 'events of a dataset, or a feed that is published')
    .option('--from <where>', 'start, end, an offset, or -N: the last N of each partition', 'end')
    .option('-n, --count <n>', 'end after this many records')
    .option('--json', 'a JSON object a line: partition, offset, timestamp, key, value')
    .addOption(datasetsFlag())
    .addHelpText('after', examples)
    .action(async (topic: string, options: TailOptions & DatasetsOption) => {
      process.exitCode = await runCommand(env, { ...quietly(env), ...chosenDatasets(options) }, (parts) =>
        tail(parts, topic, options),
      )
    })
}

async function tail(parts: Parts, topic: string, { from, count, json }: TailOptions): Promise<void> {
  const recordsMax = count === undefined ? Number.POSITIVE_INFINITY : countFlag('--count', count, countMax)
  const log = await parts.openLog()
  const bounds = await boundsOf(parts, log, topic)
  const start = startOf(from, topic, bounds)
  tell(`${topic} of the ${log.description}, from ${placesOf(topic, start)}; Ctrl-C ends`)
  const done = new Deferred()
  // A reader such as `head` ends stdout when it has enough.
  process.stdout.once('error', done.resolve)
  let shown = 0
  const follower = log.follow(topic, start, async (slice) => {
    const records = slice.records.slice(0, recordsMax - shown)
    shown += records.length
    await write(Buffer.concat(records.flatMap((record) => lineOf(slice, record, json === true))))
    if (shown >= recordsMax) done.resolve()
  })
  try {
    await Promise.race([parts.stopped(), follower.ended, done.promise])
  } finally {
    process.stdout.off('error', done.resolve)
    await follower.close()
  }
}

async function boundsOf(parts: Parts, log: EventLog, topic: string): Promise<ReadonlyMap<number, OffsetRange>> {
  try {
    return await parts.untilReachable('log', () => log.bounds(topic))
  } catch (cause) {
    if (!hasCode(cause, 'TOPIC_MISSING')) throw cause
    throw new AppError('NOT_FOUND', `the ${log.description} has no topic ${topic}${await others(log, parts.datasets)}`)
  }
}

/** Returns the topics that declarations name and the log has. */
async function others(log: EventLog, datasets: readonly DefinedDataset[]): Promise<string> {
  const declared = [...datasets, ...publishedTopics(datasets)].map(({ topic }) => topic)
  const found = await Promise.all(
    declared.map((topic) =>
      log.bounds(topic).then(
        () => [topic],
        () => [],
      ),
    ),
  )
  const names = found.flat()
  return names.length === 0 ? '; `tidemark start` makes those of its datasets' : `; there are ${names.join(', ')}`
}

function startOf(from: string, topic: string, bounds: ReadonlyMap<number, OffsetRange>): Positions {
  const offsetOf = offsetChooser(from)
  const start = new Map([...bounds].map(([partition, range]) => [partition, offsetOf(range)]))
  for (const [partition, { nextOffset }] of bounds)
    if ((start.get(partition) ?? 0n) > nextOffset)
      throw new AppError('USAGE', `--from ${from}: ${topic}/${partition} ends at ${nextOffset}`)
  return start
}

function offsetChooser(from: string): (range: OffsetRange) => bigint {
  if (from === 'start') return ({ firstOffset }) => firstOffset
  if (from === 'end') return ({ nextOffset }) => nextOffset
  if (/^\d{1,18}$/.test(from)) return () => BigInt(from)
  if (!/^-\d{1,18}$/.test(from)) throw new AppError('USAGE', `--from ${from}: expected start, end, an offset, or -N`)
  const back = BigInt(from)
  return ({ firstOffset, nextOffset }) => (nextOffset + back > firstOffset ? nextOffset + back : firstOffset)
}

function placesOf(topic: string, positions: Positions): string {
  return [...positions].map(([partition, offset]) => `${topic}/${partition}@${offset}`).join(', ')
}

/** On a terminal, control characters are escaped; a program gets the bytes unchanged. */
function lineOf({ partition }: LogSlice, record: LogSlice['records'][number], isJson: boolean): readonly Uint8Array[] {
  const { value } = record
  if (isJson) return [Buffer.from(`${recordJson(partition, record)}\n`)]
  if (value === null) return [Buffer.from('\n')]
  return [process.stdout.isTTY ? Buffer.from(printable(value)) : value, Buffer.from('\n')]
}
