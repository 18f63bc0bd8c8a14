import type { Command } from 'commander'
import { openArchiveRole } from './batch-role.ts'
import type { Parts } from './parts.ts'
import { runCommand } from './run-command.ts'

const help = `
A chunk is closed when it is large or old enough (ARCHIVE_CHUNK_BYTES_MAX, ARCHIVE_CHUNK_AGE_MS).
Two archivers do no harm: each chunk has one winner.

Example:
  $ KAFKA_BROKERS=localhost:9092 S3_BUCKET=tidemark tidemark archive`

export function addArchiveCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('archive')
    .description('follow the log and keep it as raw chunks in the store')
    .addHelpText('after', help)
    .action(async () => {
      process.exitCode = await runCommand(env, {}, archive)
    })
}

async function archive(parts: Parts): Promise<void> {
  const plumbing = { log: await parts.openLog(), store: await parts.openStore() }
  await parts.openPlumbing(plumbing)
  const role = parts.closers.add('archive', await openArchiveRole(parts, plumbing))
  process.stderr.write(`archiving ${plumbing.log.description} to ${plumbing.store.description}\n`)
  await Promise.race([parts.stopped(), role.ended])
}
