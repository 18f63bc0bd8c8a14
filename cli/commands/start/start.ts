import type { Command } from 'commander'
import { openFileSource } from '../../../connectors/sources/file-source.ts'
import { ingest } from '../../../connectors/ingest/ingest.ts'
import type { LineSource } from '../../../connectors/sources/line-source.ts'
import { paceRecording } from '../../../connectors/ingest/pace-recording.ts'
import { requireObjects } from '../../../connectors/sources/require-objects.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import type { LoadedDatasets } from '../../../schemas/declare/load-datasets.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { EventLog } from '../../../schemas/ports/log.ts'
import { openArchiveRole } from '../../roles/archive-role.ts'
import { openBatchRole } from '../../roles/batch-role.ts'
import { eventTimeOf } from '../../flags/event-time.ts'
import { findDataset } from '../../flags/find-dataset.ts'
import { describeNotTaken } from '../ingest/summary.ts'
import type { Parts } from '../../parts/parts.ts'
import { findGenerator, generatorFault, openGenerator } from '../../roles/open-generator.ts'
import { planDatasets } from '../../parts/plan-datasets.ts'
import { chosenDatasets, datasetsFlag } from '../../flags/datasets-flag.ts'
import type { DatasetsOption } from '../../flags/datasets-flag.ts'
import { runCommand } from '../../flags/run-command.ts'
import { openServeRole } from '../../roles/serve-role.ts'
import { speedupFlag } from '../../flags/number-flags.ts'
import { welcome } from './welcome.ts'

type StartOptions = {
  replay?: string
  speedup: string
  dataset?: string
  generate: readonly string[]
  port?: string
  host?: string
}

const examples = `
Examples:
  $ tidemark start                                                     everything in one process, on ./data
  $ tidemark start --replay recordings/rsvps-2017-03-19.ndjson         and a recording, as if it happened now
  $ tidemark start --replay events.ndjson --speedup max --port 9090    as fast as it goes, on another port
  $ tidemark start --generate 'sensor://rooms=20&rate=100'             and made-up events; ingest --help shows the options`

export function addStartCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('start')
    .description('every role in one process: archive, batch, speed, serving')
    .option('--replay <file>', 'append the events of a recording, paced by their times; goes on where it stopped')
    .option('--speedup <n>', 'replay this many times faster than recorded, or max', '1')
    .option('--dataset <name>', 'the dataset the recording belongs to')
    .addOption(datasetsFlag())
    .option(
      '--generate <source...>',
      'make events up until the command or the replay ends: sensor://rooms=20&rate=100',
      [],
    )
    .option('--port <port>', 'listen on this port (PORT)')
    .option('--host <address>', 'listen on this address (HOST)')
    .addHelpText('after', examples)
    .action(async (options: StartOptions & DatasetsOption) => {
      const flags = { PORT: options.port, HOST: options.host, ...chosenDatasets(options) }
      process.exitCode = await runCommand(env, flags, (parts) => start(parts, options))
    })
}

async function start(parts: Parts, options: StartOptions): Promise<void> {
  const speedup = speedupFlag(options.speedup)
  parts.leaveOut(await planDatasets(parts))
  const replayed = options.replay === undefined ? null : findDataset(parts, options.dataset)
  const generated = openGenerators(parts, options.generate)
  const plumbing = { log: await parts.openLog(), store: await parts.openStore() }
  const serve = await openServeRole(parts, { ...plumbing, publishes: true })
  process.stderr.write(`\nTidemark answers at ${serve.url}\n`)
  await parts.preparePlumbing(plumbing)
  const archive = parts.closers.add('archive', await openArchiveRole(parts, plumbing))
  parts.closers.add(
    'batch',
    openBatchRole(parts, { ...plumbing, before: () => archive.roll(), after: () => serve.replicas.refresh() }),
  )
  const replayEnded = new AbortController()
  const replay =
    replayed === null || options.replay === undefined
      ? parts.stopped()
      : replayFile(parts, plumbing.log, { dataset: replayed, file: options.replay, speedup }).finally(() =>
          replayEnded.abort(),
        )
  const generating = generated.map(({ dataset, source }) =>
    ingest({
      log: plumbing.log,
      topic: dataset.topic,
      source,
      // Made-up events beside a recording end with it.
      signal: AbortSignal.any([parts.signal, replayEnded.signal]),
      onRetry: (message) => parts.logger.warn(message),
    }).then(({ appended }) => {
      if (!parts.signal.aborted) parts.logger.info({ source: source.name, appended }, 'no more events are made up')
    }),
  )
  // What the sources have read is appended before the log closes.
  parts.closers.add('sources', { close: () => Promise.allSettled([replay, ...generating]).then(() => undefined) })
  const running = Promise.all([
    replay,
    ...generating,
    serve.start().then(() => process.stderr.write(welcome(serve.url, parts.datasets, options.replay))),
  ])
  await Promise.race([running.then(() => parts.stopped()), serve.ended, archive.ended])
}

type Generated = { readonly dataset: DefinedDataset; readonly source: LineSource }

/** A dataset has one generator at most: two that begin at once would give their events the same ids. */
function openGenerators(loaded: LoadedDatasets, addresses: readonly string[]): readonly Generated[] {
  const found = addresses.map((address) => {
    const generator = findGenerator(loaded, address)
    if (generator !== null) return generator
    throw new AppError('USAGE', `--generate ${address}: ${generatorFault(loaded, address)}`)
  })
  const names = found.map(({ dataset }) => dataset.name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new AppError('USAGE', `--generate: ${twice}:// is given more than once`)
  return found.map((generator) => ({ dataset: generator.dataset, source: openGenerator(generator) }))
}

async function replayFile(
  parts: Parts,
  log: EventLog,
  { file, speedup, dataset }: { file: string; speedup: number | null; dataset: DefinedDataset },
): Promise<void> {
  const pacer =
    speedup === null
      ? {}
      : { pacer: paceRecording({ timeOf: eventTimeOf(dataset), speedup, now: () => performance.now() }) }
  const eventBytesMax = parts.config.EVENT_BYTES_MAX
  const source = requireObjects(openFileSource(file, { lineBytesMax: eventBytesMax }))
  const { appended } = await ingest({
    log,
    topic: dataset.topic,
    source,
    signal: parts.signal,
    ...pacer,
    onRetry: (message) => parts.logger.warn(message),
    onNotTaken: (what) => {
      const { message, facts } = describeNotTaken(what, eventBytesMax)
      parts.logger.warn(facts, message)
    },
  })
  parts.logger.info({ file, appended }, appended === 0 ? 'replay: all of it is in the log already' : 'replay')
}
