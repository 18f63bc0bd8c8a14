import type { FastifyInstance } from 'fastify'
import { AppError } from '../../schemas/errors.ts'
import { notesOf } from '../notes.ts'
import { memoryJson } from '../observed.ts'
import type { ServerDeps } from '../server-deps.ts'
import { datasetsAnswer, isReady, statusAnswer, waitingFor } from '../status-answer.ts'

/** How the service does. `/livez` says that the process answers, `/readyz` that it answers questions, also where memory spills to disk. */
export async function statusRoutes(scope: FastifyInstance, deps: ServerDeps): Promise<void> {
  const startedMs = deps.now()
  scope.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })

  scope.get('/v1/status', async () => statusAnswer(deps, startedMs))
  scope.get('/v1/datasets', async () => datasetsAnswer(deps))
  scope.get('/livez', async () => ({ live: true }))
  scope.get('/readyz', async () => {
    const datasets = deps.reader.status()
    const waits = waitingFor(datasets, deps.waiting())
    const memory = memoryJson(deps.observed.memory())
    const notes = notesOf(datasets, deps.observed)
    if (isReady(datasets)) return { ready: true, waiting_for: waits, notes, memory }
    const message = Object.entries(waits)
      .map(([part, what]) => `${part}: ${what}`)
      .join('; ')
    throw new AppError('NOT_READY', message, { details: { ready: false, waiting_for: waits, notes, memory } })
  })
}
