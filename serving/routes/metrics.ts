import type { FastifyInstance } from 'fastify'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { exposeStanding } from '../metrics/standing.ts'
import type { StandingSources } from '../metrics/standing.ts'

/** `/metrics` for Prometheus. If keys are required, it requires one too, because it tells more than `/readyz`. */
export async function metricsRoutes(
  scope: FastifyInstance,
  { metrics, ...standing }: StandingSources & { readonly metrics: ServiceMetrics },
): Promise<void> {
  exposeStanding(metrics, standing)
  scope.get('/metrics', async (_request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type(metrics.contentType)
      .send(await metrics.text()),
  )
}
