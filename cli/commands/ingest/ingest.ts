import type { Command } from 'commander'
import type { Judge } from '../../../connectors/ingest/background-judge.ts'
import { ingest } from '../../../connectors/ingest/ingest.ts'
import type { IngestProgress } from '../../../connectors/ingest/ingest.ts'
import type { LineSource, LiveSourceOptions } from '../../../connectors/sources/line-source.ts'
import { paceByRate } from '../../../connectors/waiting/pace.ts'
import { requireObjects } from '../../../connectors/sources/require-objects.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { Engine } from '../../../schemas/ports/engine.ts'
import type { EventLog } from '../../../schemas/ports/log.ts'
import { EventVerdict } from '../../../serving/events/event-verdict.ts'
import { countFlag } from '../../flags/number-flags.ts'
import { addDatasetHelp } from '../../flags/dataset-help.ts'
import { eventTimeOf, sinceParameterOf } from '../../flags/event-time.ts'
import { exitCodes } from '../../flags/exit-code.ts'
import { findDataset } from '../../flags/find-dataset.ts'
import { openSource, sourceForms } from './open-source.ts'
import { describeNotTaken, describeProgress, notesOf } from './summary.ts'
import { describeGenerators, findGenerator, openGenerator } from '../../roles/open-generator.ts'
import { tell } from '../../output/output.ts'
import type { Parts } from '../../parts/parts.ts'
import { verdictTime } from '../../parts/topic-settings.ts'
import { Progress } from '../../output/progress.ts'
import { chosenDatasets, datasetsFlag } from '../../flags/datasets-flag.ts'
import type { DatasetsOption } from '../../flags/datasets-flag.ts'
import { runCommand } from '../../flags/run-command.ts'

const judgeMemoryBytesMax = 128 * 1024 * 1024
const idleSecondsMax = 24 * 60 * 60
const bulkJudgedMax = 10_000

const examples = `
Examples:
  $ tidemark ingest recordings/rsvps-2017-03-19.ndjson        a file; .gz is unpacked
  $ cat events.ndjson | tidemark ingest -                     standard input
  $ tidemark ingest s3://recordings/2017/                     objects of a bucket, one after the other
  $ tidemark ingest events.ndjson --rate 500                  500 events a second
  $ tidemark ingest export.json --strict                      indented JSON or an array; fails where an event is rejected

Live streams, for as long as they last (tidemark replay-server offers both):
  $ tidemark ingest ws://127.0.0.1:9000/2/rsvps               WebSocket, a message for each event
  $ tidemark ingest http://127.0.0.1:9000/2/rsvps             an answer that does not end, a line for each event; one that
      has a length, an ETag or a Last-Modified, or is the same again when it is asked for twice, is a file and read once
  $ tidemark ingest 'ws://127.0.0.1:9000/2/rsvps?since_mtime=0'
      The address says that the source can be asked for what came since a time: since_ and the name of the event's time.
      After a reconnect or a restart it is asked to go on from the newest time that was seen. Some events come twice,
      then, which changes no answer. Without it, what the source sends while nobody is connected is lost.
  $ tidemark ingest https://user:password@stream.example.org/events

Events that are made up, to try a dataset without a source:
  $ tidemark ingest 'sensor://rooms=20&rate=100'

Events are JSON objects. A file, - and s3:// may hold them one to a line, joined without anything between them (as Firehose
writes), indented over several lines, or in one array; how an input begins says which. Each is taken whole, byte for byte
from its first brace to its last, or not at all. An input that begins with no object stops the ingest (--force goes on).

The last line says what was received and appended, and how many of those events the contract accepts and rejects; of a bulk
load the first ${bulkJudgedMax} are judged, with --strict all. The exit code is 1 where an event was not taken: it was too long, or
the JSON around it is broken. Rejected events are in the log, and an exit code with --strict alone.

An ingest that is stopped and started again goes on where it stopped, where its source can. A connection that breaks, or
that is silent for too long (--idle), is made again, after a wait that grows to half a minute. Ctrl-C ends the ingest once
what was received is in the log. What breaks the contract is in the log as well, and tidemark rejected shows it.`

type IngestFlags = { dataset?: string; rate?: string; idle?: string; force?: boolean; strict?: boolean }

export function addIngestCommand(program: Command, env: NodeJS.ProcessEnv): void {
  const command = program
    .command('ingest')
    .description('append events to the log')
    .argument('<source>', 'FILE[.gz] | - | http(s)://URL | ws(s)://URL | s3://bucket/prefix | DATASET://options')
    .option('--dataset <name>', 'the dataset they belong to')
    .addOption(datasetsFlag())
    .option('--rate <events>', 'at most this many a second')
    .option('--idle <seconds>', 'connect to a live stream again when it was silent for this long (default: 60)')
    .option('--force', 'append the lines of an input that begins with no JSON object, to be rejected')
    .option('--strict', 'judge every event; the exit code is 1 if one is rejected')
    .addHelpText('after', examples)
    .action(async (name: string, options: IngestFlags & DatasetsOption) => {
      process.exitCode = await runCommand(env, chosenDatasets(options), (parts) => ingestSource(parts, name, options))
    })
  addDatasetHelp(
    { program, command, env },
    (datasets) => `Generators, with the defaults of their options:\n${describeGenerators(datasets)}`,
  )
}

async function ingestSource(parts: Parts, name: string, options: IngestFlags): Promise<number> {
  const generated = findGenerator(parts, name)
  const dataset = findDataset(parts, options.dataset ?? generated?.dataset.name)
  if (generated !== null && generated.dataset !== dataset)
    throw new AppError('USAGE', `${name}: makes events of ${generated.dataset.name}, not of ${dataset.name}`)
  const rate = options.rate === undefined ? undefined : parseRate(options.rate)
  const progress = new Progress()
  const warn = (message: string, facts: Readonly<Record<string, unknown>> = {}): void => {
    progress.end()
    parts.logger.warn(facts, message)
  }
  const idle = options.idle === undefined ? {} : { idleMsMax: countFlag('--idle', options.idle, idleSecondsMax) * 1000 }
  const lineBytesMax = parts.config.EVENT_BYTES_MAX
  const source =
    generated === null
      ? openNamed(parts, name, dataset, { lineBytesMax, onRetry: warn, ...idle })
      : openGenerator(generated)
  const log = await parts.openLog()
  await parts.preparePlumbing({ log })
  const isStrict = options.strict === true
  const judgesAll = isStrict || isLive(name) || generated !== null
  const engine = parts.closers.add('engine', await parts.openEngine('verdict', judgeMemoryBytesMax, 1))
  const counts = await ingest({
    log,
    topic: dataset.topic,
    source: options.force === true ? source : requireObjects(source),
    signal: parts.signal,
    ...(rate === undefined ? {} : { pacer: paceByRate(rate, () => performance.now()) }),
    judge: await openJudge(engine, dataset, log),
    ...(judgesAll ? {} : { judgedMax: bulkJudgedMax }),
    onRetry: warn,
    onNotTaken: (what) => {
      const { message, facts } = describeNotTaken(what, lineBytesMax)
      warn(message, facts)
    },
    onProgress: (done) => progress.show(describeProgress(done)),
  })
  progress.end()
  for (const note of notesOf(counts, dataset.name)) tell(note)
  tell(`${source.name}: ${describeProgress(counts)}`)
  return exitCodeOf(counts, isStrict)
}

/** Rejected events are in the log, where they belong, so they are a failure only with `--strict`. */
function exitCodeOf({ refused, broken, judged }: IngestProgress, isStrict: boolean): number {
  const isFaulty = refused > 0 || broken > 0 || (isStrict && (judged === undefined || judged.rejected > 0))
  return isFaulty ? exitCodes.failure : exitCodes.ok
}

/**
 * Events from a network come more slowly than they can be judged, so all are judged. A bulk load would take three times
 * as long, so only its first events are.
 */
function isLive(name: string): boolean {
  return /^(https?|wss?):/.test(name)
}

/** Judges events with the SQL that both layers run, so the verdict is the same. */
async function openJudge(engine: Engine, dataset: DefinedDataset, log: EventLog): Promise<Judge> {
  const verdict = new EventVerdict(dataset, await engine.connect(), verdictTime(log, dataset.topic))
  await verdict.open()
  return async (lines) => (await verdict.rejections(lines)).length
}

/** Opens what is no generator. Throws USAGE for what is no source. */
function openNamed(parts: Parts, name: string, dataset: DefinedDataset, options: LiveSourceOptions): LineSource {
  const since = { parameter: sinceParameterOf(dataset), timeOf: eventTimeOf(dataset) }
  const source = openSource(name, { ...options, since, s3: parts.s3Address() })
  if (source !== null) return source
  throw new AppError(
    'USAGE',
    `${name}: sources are ${sourceForms} and the generators of the datasets that --datasets (TIDEMARK_DATASETS) loads${generatorsOf(parts.datasets)}`,
  )
}

function generatorsOf(datasets: readonly DefinedDataset[]): string {
  const found = datasets.flatMap(({ name, generator }) => (generator === undefined ? [] : [`${name}://`]))
  return found.length === 0 ? '; these have none' : `, ${found.join(', ')}`
}

function parseRate(text: string): number {
  const rate = Number(text)
  if (Number.isFinite(rate) && rate > 0) return rate
  throw new AppError('USAGE', `--rate ${text}: expected a number of events a second`)
}
