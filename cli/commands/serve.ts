import type { Command } from 'commander'
import type { Parts } from '../parts/parts.ts'
import { planDatasets } from '../parts/plan-datasets.ts'
import { chosenDatasets, datasetsFlag } from '../flags/datasets-flag.ts'
import type { DatasetsOption } from '../flags/datasets-flag.ts'
import { runCommand } from '../flags/run-command.ts'
import { openServeRole } from '../roles/serve-role.ts'

type ServeOptions = DatasetsOption & { port?: string; host?: string; publish?: true }

const examples = `
Examples:
  $ tidemark serve                                                            a replica on ./data
  $ KAFKA_BROKERS=localhost:9092 S3_BUCKET=tidemark tidemark serve --port 0   one of several, on a free port
  $ tidemark serve --publish                                                  the one of several that publishes feeds`

export function addServeCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('serve')
    .description('answer queries: a replica of the merged view; run as many as you like')
    .option('--port <port>', 'listen on this port (PORT)')
    .option('--host <address>', 'listen on this address (HOST)')
    .option('--publish', 'publish feeds to their topics, for all replicas (FEEDS_PUBLISH)')
    .addOption(datasetsFlag())
    .addHelpText('after', examples)
    .action(async ({ port, host, publish, ...options }: ServeOptions) => {
      const flags = { PORT: port, HOST: host, FEEDS_PUBLISH: publish && 'true', ...chosenDatasets(options) }
      process.exitCode = await runCommand(env, flags, serve)
    })
}

async function serve(parts: Parts): Promise<void> {
  parts.leaveOut(await planDatasets(parts))
  const plumbing = { log: await parts.openLog(), store: await parts.openStore() }
  const role = await openServeRole(parts, { ...plumbing, publishes: parts.config.FEEDS_PUBLISH })
  process.stderr.write(`Tidemark answers at ${role.url}\n`)
  await parts.preparePlumbing(plumbing)
  await role.start()
  process.stderr.write('ready\n')
  await Promise.race([parts.stopped(), role.ended])
}
