import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'
import { unlessAborted } from '../../schemas/async/unless-aborted.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { BodyRoom } from '../events/body-room.ts'
import { contentEncoding, mediaType, takeBodyStreams } from '../http/content-type.ts'
import { eventLines, eventTypes } from '../events/event-lines.ts'
import type { EventLimits } from '../events/event-lines.ts'
import { findDataset } from '../requests/find-named.ts'
import { queryValues } from '../http/query-string.ts'
import { takeEvents } from '../events/take-events.ts'
import { packings, plainBody, unpackedBody } from '../events/unpack-body.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import type { Verdict } from '../events/event-verdict.ts'

type EventRouteDeps = {
  readonly datasets: readonly DefinedDataset[]
  /** The verdicts by dataset. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  readonly log: Pick<EventLog, 'append'>
  readonly limits: EventLimits & { readonly bodyBytesMax: number }
  readonly overdue: AbortSignal
  readonly metrics: Pick<ServiceMetrics, 'posted'>
}

/** Memory is taken for this many bodies of the largest size, or for more smaller ones. */
const bodiesMax = 4

/** A body without events is not an error: the answer has zeros and no offsets. */
export async function eventRoutes(
  scope: FastifyInstance,
  { datasets, verdicts, log, limits, overdue, metrics }: EventRouteDeps,
): Promise<void> {
  takeBodyStreams(scope, eventTypes, packings)
  const { eventBytesMax, eventsMax, bodyBytesMax } = limits
  const room = new BodyRoom({ bodyBytesMax, bytesMax: bodiesMax * bodyBytesMax })

  scope.post<{ Params: { dataset: string } }>('/v1/:dataset/events', async (request) => {
    const dataset = findDataset(datasets, request.params.dataset)
    const verdict = verdicts.get(dataset.name)
    if (verdict === undefined) throw new TypeError(`${dataset.name} has no verdict`)
    queryValues(request.query, [])
    const type = eventTypes.find((name) => name === mediaType(request))
    if (type === undefined) throw new AppError('CONTENT_TYPE_UNSUPPORTED', `Send ${eventTypes.join(' or ')}.`)
    const announcedBytes = Number(request.headers['content-length'] ?? 0)
    const sent = request.body instanceof Readable ? request.body : Readable.from([])
    const body = contentEncoding(request) === 'identity' ? plainBody(sent) : unpackedBody(sent)
    const take = () =>
      room.hold({ body, announcedBytes }, (bytes) =>
        takeEvents(dataset, eventLines(bytes, type, { eventBytesMax, eventsMax }), { log, verdict, eventBytesMax }),
      )
    const taken = await unlessAborted(take, overdue)
    metrics.posted(dataset.name, taken)
    return taken
  })
}
