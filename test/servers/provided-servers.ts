import type { ServerKind } from './choose-servers.ts'
import type { TestServer } from './server-process.ts'

/** The servers of one kind that this run of the tests may use, the one to prefer first. With none, the reason why. */
export type ProvidedServers = { readonly servers: readonly TestServer[]; readonly reason: string }

declare module 'vitest' {
  interface ProvidedContext {
    servers: Readonly<Record<ServerKind, ProvidedServers>>
    /** Whether a suite may start servers of its own, to kill them. */
    areNativeServersAllowed: boolean
  }
}
