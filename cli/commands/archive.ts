import type { Command } from 'commander'
import { withEndangered } from '../../batch/archive/endangered.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import type { ArchivedChain } from '../../schemas/formats/archived-chain.ts'
import { openArchiveRole } from '../roles/archive-role.ts'
import { EndangeredLog } from '../roles/endangered-log.ts'
import type { Parts } from '../parts/parts.ts'
import { outageOf } from '../../schemas/outage.ts'
import { chosenDatasets, datasetsFlag } from '../flags/datasets-flag.ts'
import type { DatasetsOption } from '../flags/datasets-flag.ts'
import { runCommand } from '../flags/run-command.ts'
import { Watch } from '../../schemas/async/watch.ts'

const help = `
A chunk is closed when it is large or old enough (ARCHIVE_CHUNK_BYTES_MAX, ARCHIVE_CHUNK_AGE_MS).
Two archivers do no harm: each chunk has one winner.

Example:
  $ KAFKA_BROKERS=localhost:9092 S3_BUCKET=tidemark tidemark archive`

export function addArchiveCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('archive')
    .description('follow the log and keep it as raw chunks in the store')
    .addOption(datasetsFlag())
    .addHelpText('after', help)
    .action(async (options: DatasetsOption) => {
      process.exitCode = await runCommand(env, chosenDatasets(options), archive)
    })
}

async function archive(parts: Parts): Promise<void> {
  const plumbing = { log: await parts.openLog(), store: await parts.openStore() }
  await parts.preparePlumbing(plumbing)
  const role = parts.closers.add('archive', await openArchiveRole(parts, plumbing))
  for (const { name, topic } of parts.datasets)
    watchRetention(parts, plumbing.log, { topic, archived: () => role.positions(name) })
  process.stderr.write(`archiving ${plumbing.log.description} to ${plumbing.store.description}\n`)
  await Promise.race([parts.stopped(), role.ended])
}

/**
 * Warns of offsets that the log may delete before they are archived. Serving roles read the chains in the store for
 * this; here the archiver in this process knows its own position.
 */
function watchRetention(
  parts: Parts,
  log: EventLog,
  { topic, archived }: { readonly topic: string; readonly archived: () => Positions },
): void {
  const endangered = new EndangeredLog(parts.logger, topic)
  const watch = new Watch({
    intervalMs: parts.config.STORE_WATCH_MS,
    look: async () => {
      const [aging, held] = [await log.aging(topic), await log.bounds(topic)]
      const chains = [...archived()].map(([partition, position]): [number, ArchivedChain] => [
        partition,
        { archived: position, losses: [], lossesFrom: position },
      ])
      endangered.note(withEndangered(new Map(chains), { held, aging }))
    },
    onLook: (error) => {
      if (error !== null && outageOf(error) === null)
        parts.logger.warn({ topic, err: error }, "the log's retention could not be read")
    },
  })
  parts.closers.add(`retention of ${topic}`, watch)
  watch.start()
}
