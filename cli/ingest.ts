import type { Command } from 'commander'
import { openFileSource } from '../connectors/file-source.ts'
import { openHttpSource } from '../connectors/http-source.ts'
import { ingest } from '../connectors/ingest.ts'
import type { IngestProgress } from '../connectors/ingest.ts'
import type { LineSource } from '../connectors/line-source.ts'
import { paceByRate } from '../connectors/pace.ts'
import { openS3Source } from '../connectors/s3-source.ts'
import { openStdinSource } from '../connectors/stdin-source.ts'
import { openWebSocketSource } from '../connectors/websocket-source.ts'
import { AppError } from '../schemas/errors.ts'
import { findDataset } from './find-dataset.ts'
import type { Parts } from './parts.ts'
import { Progress } from './progress.ts'
import { runCommand } from './run-command.ts'

const examples = `
Examples:
  $ tidemark ingest recordings/rsvps-2017-03-19.ndjson        a file; .gz is unpacked
  $ cat events.ndjson | tidemark ingest -                     standard input
  $ tidemark ingest ws://127.0.0.1:9000/2/rsvps               a live stream, for as long as it lasts
  $ tidemark ingest http://127.0.0.1:9000/2/rsvps             the same over HTTP
  $ tidemark ingest s3://recordings/2017/                     objects of a bucket, one after the other
  $ tidemark ingest events.ndjson --rate 500                  500 events a second

An ingest that is stopped and started again goes on where it stopped, where its source can.`

export function addIngestCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('ingest')
    .description('append events to the log')
    .argument('<source>', 'FILE[.gz] | - | http(s)://URL | ws(s)://URL | s3://bucket/prefix')
    .option('--dataset <name>', 'the dataset they belong to')
    .option('--rate <events>', 'at most this many a second')
    .addHelpText('after', examples)
    .action(async (name: string, options: { dataset?: string; rate?: string }) => {
      process.exitCode = await runCommand(env, {}, (parts) => ingestSource(parts, name, options))
    })
}

async function ingestSource(parts: Parts, name: string, options: { dataset?: string; rate?: string }): Promise<void> {
  const { topic } = findDataset(parts.datasets, options.dataset)
  const rate = options.rate === undefined ? undefined : parseRate(options.rate)
  const source = openSource(parts, name)
  const log = await parts.openLog()
  await parts.openPlumbing({ log })
  const progress = new Progress()
  const counts = await ingest({
    log,
    topic,
    source,
    signal: parts.signal,
    ...(rate === undefined ? {} : { pacer: paceByRate(rate, () => performance.now()) }),
    onRetry: (message) => parts.logger.warn(message),
    onRefused: ({ origin, number }) =>
      parts.logger.warn({ origin, line: number }, `longer than ${parts.config.EVENT_BYTES_MAX} bytes, not taken`),
    onProgress: (done) => progress.show(describe(done)),
  })
  progress.end()
  process.stderr.write(`${source.name}: ${describe(counts)}\n`)
}

function openSource(parts: Parts, name: string): LineSource {
  const { config, logger } = parts
  const options = { lineBytesMax: config.EVENT_BYTES_MAX, onRetry: (message: string) => logger.warn(message) }
  if (name === '-') return openStdinSource(process.stdin, options)
  const scheme = /^([a-z0-9]+):\/\//.exec(name)?.[1]
  switch (scheme) {
    case undefined:
      return openFileSource(name, options)
    case 'http':
    case 'https':
      return openHttpSource(name, options)
    case 'ws':
    case 'wss':
      return openWebSocketSource(name, options)
    case 's3':
      return openS3Source(name, { ...options, ...parts.s3Address() })
    default:
      throw new AppError('USAGE', `${name}: sources are a file, - for standard input, http(s)://, ws(s):// and s3://`)
  }
}

function parseRate(text: string): number {
  const rate = Number(text)
  if (Number.isFinite(rate) && rate > 0) return rate
  throw new AppError('USAGE', `--rate ${text}: expected a number of events a second`)
}

function describe({ received, appended, refused }: IngestProgress): string {
  return `${received} lines read, ${appended} appended${refused > 0 ? `, ${refused} too long and refused` : ''}`
}
