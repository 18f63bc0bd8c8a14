import type { Command } from 'commander'
import type { Parts } from './parts.ts'
import { runCommand } from './run-command.ts'
import { openServeRole } from './serve-role.ts'

const examples = `
Examples:
  $ tidemark serve                                                            a replica on ./data
  $ KAFKA_BROKERS=localhost:9092 S3_BUCKET=tidemark tidemark serve --port 0   one of several, on a free port`

export function addServeCommand(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('serve')
    .description('answer queries: a replica of the merged view; run as many as you like')
    .option('--port <port>', 'listen on this port (PORT)')
    .option('--host <address>', 'listen on this address (HOST)')
    .addHelpText('after', examples)
    .action(async (options: { port?: string; host?: string }) => {
      process.exitCode = await runCommand(env, { PORT: options.port, HOST: options.host }, serve)
    })
}

async function serve(parts: Parts): Promise<void> {
  const plumbing = { log: await parts.openLog(), store: await parts.openStore() }
  const role = await openServeRole(parts, plumbing)
  process.stderr.write(`Tidemark answers at ${role.url}\n`)
  await parts.openPlumbing(plumbing)
  await role.start()
  process.stderr.write('ready\n')
  await Promise.race([parts.stopped(), role.ended])
}
