import type { FastifyInstance } from 'fastify'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { feedParameters } from '../../schemas/declare/reserved-words.ts'
import type { Every } from '../feeds/every.ts'
import type { FeedHub } from '../feeds/feed-hub.ts'
import { EventStreams, streamHeaders } from '../feeds/event-stream.ts'
import { eventFrame } from '../feeds/feed-news.ts'
import type { FeedNews } from '../feeds/feed-news.ts'
import { feedRequest, parseInterval } from '../feeds/feed-request.ts'
import { findDataset, findFeed } from '../requests/find-named.ts'
import { problemJson } from '../http/problem.ts'
import { queryValues } from '../http/query-string.ts'
import { parseView } from '../requests/read-options.ts'

type FeedRouteDeps = {
  readonly datasets: readonly DefinedDataset[]
  readonly feeds: FeedHub
  readonly every: Every
}

/**
 * The declared feeds as server-sent events. If keys are required, a browser follows them with `fetch`, because its
 * EventSource cannot send a key. Throws a TypeError for a feed with a parameter that a caller could not pass.
 */
export async function feedRoutes(scope: FastifyInstance, { datasets, feeds, every }: FeedRouteDeps): Promise<void> {
  const streams = new EventStreams(every)
  scope.addHook('preClose', async () => streams.close())

  scope.get<{ Params: { dataset: string; feed: string } }>('/v1/:dataset/feeds/:feed', async (request, reply) => {
    const dataset = findDataset(datasets, request.params.dataset)
    const { feed } = request.params
    const values = queryValues(request.query, [...findFeed(dataset, feed).parameters, ...feedParameters])
    const intervalMs = parseInterval(values.get('interval'))
    const asked = feedRequest(dataset, { feed, view: parseView(values.get('view')), values })
    feeds.requireRoom(asked)
    reply.headers(streamHeaders)
    if (request.method === 'HEAD') return reply.send()
    const lastId = [request.headers['last-event-id']].flat()[0] ?? null
    streams.open(reply, (stream) => {
      const take = (news: FeedNews) => stream.send(frameOf(news, request.id))
      return feeds.subscribe(asked, { intervalMs, take }, lastId).close
    })
    return reply
  })
}

/** A problem has no id, so that a client keeps the id of the last state it got. */
function frameOf(news: FeedNews, requestId: string): Buffer {
  return news.kind === 'state'
    ? news.frame
    : eventFrame({ event: 'problem', data: problemJson(news.problem, requestId) })
}
