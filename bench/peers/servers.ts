import { chooseServers } from '../../test/servers/choose-servers.ts'
import type { ServerKind } from '../../test/servers/choose-servers.ts'
import { startKafka } from '../../test/servers/kafka.ts'
import { startMinio } from '../../test/servers/minio.ts'
import { ToolMissing } from '../../test/servers/server-cache.ts'
import type { NativeServer } from '../../test/servers/server-process.ts'

/** Kafka and an S3 store, by the variables that make the product use them. */
export type Servers = { readonly name: string; readonly env: Readonly<Record<string, string>> }

const native: Readonly<Record<ServerKind, () => Promise<NativeServer>>> = { kafka: () => startKafka(), s3: startMinio }

/**
 * Lends the servers that the environment names; with TEST_SERVERS=native those that it does not name are started here.
 * Returns the reason if there are none.
 */
export async function withServers<T>(
  env: NodeJS.ProcessEnv,
  use: (servers: Servers) => Promise<T>,
): Promise<T | { readonly skipped: string }> {
  const started: NativeServer[] = []
  const names: string[] = []
  const found: Record<string, string> = {}
  try {
    for (const kind of ['kafka', 's3'] as const) {
      const choice = chooseServers(kind, env)
      if (choice.use === 'none') return { skipped: choice.reason }
      if (choice.use === 'native') started.push(await native[kind]())
      const server = choice.use === 'native' ? started.at(-1) : { name: `${kind} that was given`, env: choice.env }
      names.push(server?.name ?? '')
      Object.assign(found, server?.env)
    }
    // The SDK reads credentials from the process alone.
    Object.assign(process.env, found)
    return await use({ name: names.join(' and '), env: found })
  } catch (error) {
    if (error instanceof ToolMissing) return { skipped: error.message }
    throw error
  } finally {
    for (const server of started) await server.stop()
  }
}
