import type { ServerEnv } from './server-process.ts'

export type ServerKind = 'kafka' | 's3'

/** `given`: by these variables. `native`: started here. `none`: suites that need one are skipped, or fail in CI. */
export type Choice =
  | { readonly use: 'given'; readonly env: ServerEnv }
  | { readonly use: 'native' }
  | { readonly use: 'none'; readonly reason: string }

/** An empty variable counts as not set. */
const variables: Readonly<Record<ServerKind, readonly string[]>> = {
  kafka: ['KAFKA_BROKERS'],
  s3: ['S3_BUCKET', 'AWS_ENDPOINT_URL_S3'],
}

/** The one policy of which real servers the tests use. */
export function chooseServers(kind: ServerKind, env: NodeJS.ProcessEnv): Choice {
  const names = variables[kind]
  if (names.every((name) => env[name])) {
    return { use: 'given', env: Object.fromEntries(names.map((name) => [name, env[name] ?? ''])) }
  }
  if (areNativeServersAllowed(env)) return { use: 'native' }
  return { use: 'none', reason: `set ${names.join(' and ')}, or TEST_SERVERS=native to start one here` }
}

export function areNativeServersAllowed(env: NodeJS.ProcessEnv): boolean {
  return env['TEST_SERVERS'] === 'native'
}
