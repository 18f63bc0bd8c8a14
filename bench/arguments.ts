import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { exitCodes } from './exit-codes.ts'
import type { Row } from './row.ts'

export type BenchOptions = {
  readonly events: number
  readonly runs: number
  readonly isQuick: boolean
  /** Names of rows; empty for all. */
  readonly only: readonly string[]
  /** A folder whose histories are used again, and stay. */
  readonly data: string | null
  readonly json: string | null
  readonly writes: boolean
}

/** What to do: measure, or print a text and end with a status. */
export type Parsed = { readonly run: BenchOptions } | { readonly text: string; readonly status: number }

const eventsMax = 100_000_000
const runsMax = 100
const defaults = { full: { events: 1_000_000, runs: 3 }, quick: { events: 40_000, runs: 2 } } as const

type Flags = {
  readonly events?: number
  readonly runs?: number
  readonly quick?: boolean
  readonly only?: readonly string[]
  readonly data?: string
  readonly json?: string
  readonly write?: boolean
}

/** `rows` are those that `--only` takes by name. */
export function parseArguments(args: readonly string[], rows: readonly Pick<Row, 'name'>[]): Parsed {
  let text = ''
  const write = (part: string): void => {
    text += part
  }
  const command = new Command('npm run bench --')
    .description('Measures Tidemark and its peers on the same events. Nothing else should run on the machine.')
    .option(
      '--events <n>',
      `events of the history (default: ${defaults.full.events}; --quick: ${defaults.quick.events})`,
      countUpTo(eventsMax),
    )
    .option(
      '--runs <n>',
      `runs of each measurement (default: ${defaults.full.runs}; --quick: ${defaults.quick.runs})`,
      countUpTo(runsMax),
    )
    .option('--quick', 'a minute or two: a short history, and margins so wide that only a real loss misses them')
    .addOption(new Option('--only <row...>', 'these rows only').choices(rows.map(({ name }) => name)))
    .option('--data <folder>', 'keep the histories here, and use those that are there')
    .option('--json <file>', 'write the report as JSON')
    .option('--write', 'add the report to bench/results/ and write bench/RESULTS.md anew')
    .addHelpText(
      'after',
      `
Spark is measured where python3, or the one that PYTHON names, has pyspark and there is Java; Kafka and S3 where
KAFKA_BROKERS, S3_BUCKET and AWS_ENDPOINT_URL_S3 name them, or TEST_SERVERS=native starts them here. Else they are skipped.
Ends with ${exitCodes.failed} if something could not be measured, with ${exitCodes.usage} for wrong usage, with ${exitCodes.short} if a goal is missed.`,
    )
    .allowExcessArguments(false)
    .configureOutput({ writeOut: write, writeErr: write })
    .exitOverride()
  try {
    command.parse(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError)
      return { text, status: error.exitCode === 0 ? exitCodes.reached : exitCodes.usage }
    throw error
  }
  const flags = command.opts<Flags>()
  const isQuick = flags.quick === true
  const { events, runs } = isQuick ? defaults.quick : defaults.full
  return {
    run: {
      events: flags.events ?? events,
      runs: flags.runs ?? runs,
      isQuick,
      only: flags.only ?? [],
      data: flags.data ?? null,
      json: flags.json ?? null,
      writes: flags.write === true,
    },
  }
}

function countUpTo(max: number): (text: string) => number {
  return (text) => {
    const count = /^\d+$/.test(text) ? Number(text) : 0
    if (count >= 1 && count <= max) return count
    throw new InvalidArgumentError(`Expected a number from 1 to ${max}.`)
  }
}
