import { describe, expect, inject, it } from 'vitest'
import type { ServerKind } from './choose-servers.ts'
import type { ServerEnv, TestServer } from './server-process.ts'

/** Defines a suite for each server of the kind; all tests of a run share them, so topics and prefixes must be fresh. */
export function describeEachServer(kind: ServerKind, define: (server: TestServer) => void): void {
  const { servers, reason } = inject('servers')[kind]
  if (servers.length === 0) return defineMissing(`needs ${kind}`, reason)
  for (const server of servers) define(server)
}

/** Defines a suite that needs one server of each kind. `define` gets the variables that make the service use them. */
export function describeWithServers(kinds: readonly ServerKind[], define: (env: ServerEnv) => void): void {
  const provided = inject('servers')
  const missing = kinds.filter((kind) => provided[kind].servers.length === 0)
  if (missing.length > 0) {
    return defineMissing(`needs ${kinds.join(' and ')}`, missing.map((kind) => provided[kind].reason).join('; '))
  }
  define(Object.assign({}, ...kinds.map((kind) => provided[kind].servers[0]?.env)))
}

/** Defines a suite that starts servers of its own, because it kills them. */
export function describeWithNativeServers(title: string, define: () => void): void {
  if (!inject('areNativeServersAllowed')) return defineMissing(title, 'set TEST_SERVERS=native to start servers here')
  describe(`${title}, on servers of their own`, () => {
    define()
  })
}

/** Never passes: what cannot run is reported as skipped with the reason, and in CI it is a failure. */
function defineMissing(title: string, reason: string): void {
  describe(`real servers: ${title}`, () => {
    it(`has its servers: ${reason}`, ({ skip }) => {
      expect(process.env['CI'], `CI runs every suite: ${reason}`).not.toBe('true')
      skip(reason)
    })
  })
}
