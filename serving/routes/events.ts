import type { FastifyInstance } from 'fastify'
import { AppError } from '../../schemas/errors.ts'
import { bodyBytes, mediaType, takeBodies } from '../content-type.ts'
import { eventLines, eventTypes } from '../event-lines.ts'
import { findDataset } from '../find-named.ts'
import { queryValues } from '../query-string.ts'
import type { ServerDeps } from '../server-deps.ts'
import { takeEvents } from '../take-events.ts'

/** A body without any event is no error: it answers zeros and no offsets. */
export async function eventRoutes(
  scope: FastifyInstance,
  { datasets, verdicts, log, limits }: ServerDeps,
): Promise<void> {
  takeBodies(scope, eventTypes)
  const { eventBytesMax, eventsMax, bodyBytesMax } = limits

  scope.post<{ Params: { dataset: string } }>('/v1/:dataset/events', { bodyLimit: bodyBytesMax }, async (request) => {
    const dataset = findDataset(datasets, request.params.dataset)
    const verdict = verdicts.get(dataset.name)
    if (verdict === undefined) throw new TypeError(`${dataset.name} has no verdict`)
    queryValues(request.query, [])
    const type = eventTypes.find((name) => name === mediaType(request))
    if (type === undefined) throw new AppError('CONTENT_TYPE_UNSUPPORTED', `Send ${eventTypes.join(' or ')}.`)
    return takeEvents(dataset, eventLines(bodyBytes(request), type, { eventBytesMax, eventsMax }), {
      log,
      verdict,
      eventBytesMax,
    })
  })
}
