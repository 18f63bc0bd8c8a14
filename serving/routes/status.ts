import type { FastifyInstance } from 'fastify'
import { AppError } from '../../schemas/errors.ts'
import { notesOf } from '../answers/notes.ts'
import { memoryJson } from '../answers/observed-json.ts'
import { queryValues } from '../http/query-string.ts'
import { datasetsAnswer, failingJson, readinessOf, statusAnswer, waitingFor } from '../answers/status-answer.ts'
import type { StatusSources } from '../answers/status-answer.ts'

/**
 * The state of the service. `/livez` says that the process responds, `/readyz` that it answers questions, even while
 * the engine spills to disk; `?part=` asks about another part.
 */
export async function statusRoutes(scope: FastifyInstance, sources: StatusSources): Promise<void> {
  const { reader, datasets, leftOut, waiting, observed } = sources
  const startedMs = sources.now()
  scope.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })

  scope.get('/v1/status', async () => statusAnswer(sources, startedMs))
  scope.get('/v1/datasets', async () => datasetsAnswer({ datasets, leftOut }))
  scope.get('/livez', async () => ({ live: true }))
  scope.get('/readyz', async (request) => {
    const part = partAsked(queryValues(request.query, ['part']).get('part'))
    const standing = {
      ...readinessOf(sources),
      waiting_for: waitingFor(sources),
      failing: failingJson(waiting()),
      notes: notesOf(reader.status(), observed),
      memory: memoryJson(observed.memory()),
    }
    if (standing[readyParts[part]]) return standing
    const message = Object.entries(standing.waiting_for)
      .map(([name, what]) => `${name}: ${what}`)
      .join('; ')
    throw new AppError('NOT_READY', message, { details: standing })
  })
}

/** The values of `/readyz?part=`, with the field of the answer that each looks at. */
const readyParts = { reads: 'ready', events: 'events_ready', sql: 'sql_ready' } as const
type Part = keyof typeof readyParts

function partAsked(given = 'reads'): Part {
  const part = partNames.find((name) => name === given)
  if (part !== undefined) return part
  throw new AppError('REQUEST_INVALID', `part is ${given}; there are ${partNames.join(', ')}`)
}

const partNames: readonly Part[] = ['reads', 'events', 'sql']
