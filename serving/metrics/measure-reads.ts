import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { AnsweredRead, ServiceMetrics } from './service-metrics.ts'

/** Counts and times all reads. Call it before the routes. */
export function measureReads(
  app: FastifyInstance,
  { datasets, metrics }: { readonly datasets: readonly DefinedDataset[]; readonly metrics: ServiceMetrics },
): void {
  app.addHook('onResponse', async (request, reply) => {
    const read = readOf(request, datasets)
    if (read === null) return
    metrics.answered({ ...read, status: reply.statusCode, seconds: reply.elapsedTime / 1000 })
  })
}

const Params = z.object({ dataset: z.string().optional(), query: z.string().optional() }).catch({})

/** Names become labels, so a name that does not exist is left out: callers could make up as many as they like. */
function readOf(
  { routeOptions: { url }, params }: FastifyRequest,
  datasets: readonly DefinedDataset[],
): Pick<AnsweredRead, 'route' | 'dataset' | 'query'> | null {
  const asked = Params.parse(params)
  const found = datasets.find(({ name }) => name === asked.dataset)
  const dataset = found?.name ?? ''
  switch (url) {
    case '/v1/sql':
      return { route: 'sql', dataset: '', query: '' }
    case '/v1/:dataset/tables/:table':
      return { route: 'tables', dataset, query: '' }
    case '/v1/:dataset/queries/:query': {
      const { query = '' } = asked
      return {
        route: 'queries',
        dataset,
        query: found !== undefined && Object.hasOwn(found.queries, query) ? query : '',
      }
    }
    default:
      return null
  }
}
