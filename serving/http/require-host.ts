import type { FastifyInstance } from 'fastify'
import { hostFault } from '../../schemas/asked-host.ts'

/** On every path, refuses requests that name no host or a host that is not ours. Call it before the routes. */
export function requireHost(app: FastifyInstance, allowed: readonly string[] | null): void {
  app.addHook('onRequest', async ({ raw }) => {
    const fault = hostFault(raw, allowed)
    if (fault !== null) throw fault
  })
}
