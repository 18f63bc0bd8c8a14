import type { FastifyInstance } from 'fastify'
import { unlessAborted } from '../../schemas/async/unless-aborted.ts'
import { findDataset } from '../requests/find-named.ts'
import { generationJson } from '../replica/generation.ts'
import { integerValue, queryValues } from '../http/query-string.ts'
import type { ServerDeps } from '../server-deps.ts'

/** How many are answered: what a caller may ask for, and what it gets who asks for nothing. */
export const generationsLimit = { min: 1, max: 100, otherwise: 20 } as const

/** What the batch layer has committed, newest first. */
export async function generationRoutes(
  scope: FastifyInstance,
  { datasets, generations, overdue, now }: Pick<ServerDeps, 'datasets' | 'generations' | 'overdue' | 'now'>,
): Promise<void> {
  scope.get<{ Params: { dataset: string } }>('/v1/:dataset/generations', async (request, reply) => {
    const { name } = findDataset(datasets, request.params.dataset)
    const values = queryValues(request.query, ['limit'])
    const limit = integerValue(values.get('limit'), { name: 'limit', ...generationsLimit })
    const newest = await unlessAborted(() => generations.newest(name, limit), overdue)
    reply.header('cache-control', 'no-store')
    return { dataset: name, generations: newest.map((generation) => generationJson(generation, now())) }
  })
}
