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
 * The feeds that datasets declare, as server-sent events. Where keys are asked for, a browser follows them with `fetch`:
 * its EventSource cannot send one. Throws a TypeError for a feed with a parameter that nobody could pass.
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

/** A problem has no id: what the client had before it is still what it had. */
function frameOf(news: FeedNews, requestId: string): Buffer {
  return news.kind === 'state'
    ? news.frame
    : eventFrame({ event: 'problem', data: problemJson(news.problem, requestId) })
}
