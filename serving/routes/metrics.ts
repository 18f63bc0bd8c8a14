import type { FastifyInstance } from 'fastify'
import { exposeStanding } from '../metrics/standing.ts'
import type { ServerDeps } from '../server-deps.ts'

/** What Prometheus scrapes. It needs a key where others do: it tells more than `/readyz`. */
export async function metricsRoutes(scope: FastifyInstance, deps: ServerDeps): Promise<void> {
  const { metrics } = deps
  exposeStanding(deps)
  scope.get('/metrics', async (_request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type(metrics.contentType)
      .send(await metrics.text()),
  )
}
