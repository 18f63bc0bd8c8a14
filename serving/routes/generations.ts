import type { FastifyInstance } from 'fastify'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { unlessAborted } from '../../schemas/async/unless-aborted.ts'
import { findDataset } from '../requests/find-named.ts'
import { generationJson, generationsLimit } from '../replica/generation.ts'
import type { Generations } from '../replica/generation.ts'
import { integerValue, queryValues } from '../http/query-string.ts'

type GenerationRouteDeps = {
  readonly datasets: readonly DefinedDataset[]
  readonly generations: Generations
  readonly overdue: AbortSignal
  readonly now: () => number
}

/** The generations that the batch layer has committed, newest first. */
export async function generationRoutes(
  scope: FastifyInstance,
  { datasets, generations, overdue, now }: GenerationRouteDeps,
): Promise<void> {
  scope.get<{ Params: { dataset: string } }>('/v1/:dataset/generations', async (request, reply) => {
    const dataset = findDataset(datasets, request.params.dataset)
    const values = queryValues(request.query, ['limit'])
    const limit = integerValue(values.get('limit'), { name: 'limit', ...generationsLimit })
    const newest = await unlessAborted(() => generations.newest(dataset, limit), overdue)
    reply.header('cache-control', 'no-store')
    return { dataset: dataset.name, generations: newest.map((generation) => generationJson(generation, now())) }
  })
}
