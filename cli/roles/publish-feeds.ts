import { WorkQueue } from '../../schemas/async/work-queue.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { endsOf } from '../../schemas/formats/offset-ranges.ts'
import type { Every } from '../../serving/feeds/every.ts'
import type { FeedHub } from '../../serving/feeds/feed-hub.ts'
import { feedRequest } from '../../serving/feeds/feed-request.ts'
import type { Parts } from '../parts/parts.ts'
import { reasonOf } from '../parts/waiting.ts'
import { PublishedFeed } from '../../serving/feeds/published-feed.ts'

/** What is published is of the moment: the embedded log keeps it no longer than this. */
const keptMsMax = 60 * 60 * 1000
const trimEveryMs = 60_000

export type PublishedTopic = {
  readonly dataset: DefinedDataset
  readonly feed: string
  readonly topic: string
  readonly everyMs: number
}

export function publishedTopics(datasets: readonly DefinedDataset[]): readonly PublishedTopic[] {
  return datasets.flatMap((dataset) =>
    Object.entries(dataset.feeds).flatMap(([feed, { publish }]) =>
      publish === undefined ? [] : [{ dataset, feed, ...publish }],
    ),
  )
}

/**
 * Produces every feed that is declared to be published to its topic, and trims the topics by age: no tidemark ever passes
 * them. Needs the plumbing. Several processes that publish repeat each other, so one should.
 */
export async function publishFeeds(
  parts: Parts,
  { log, feeds, every }: { readonly log: EventLog; readonly feeds: FeedHub; readonly every: Every },
): Promise<void> {
  const topics = publishedTopics(parts.datasets)
  for (const { topic } of topics) await parts.untilReachable('log', () => log.ensureTopic(topic))
  for (const { dataset, feed, topic, everyMs } of topics) {
    const request = feedRequest(dataset, { feed, view: 'merged', values: new Map() })
    const published = new PublishedFeed({
      append: (record) => log.append(topic, [record]),
      key: feed,
      intervalMs: everyMs,
      onAppend: (error) => noteAppend(parts, topic, error),
    })
    parts.closers.add(
      `feed to ${topic}`,
      published.start((subscriber) => feeds.subscribe(request, subscriber)),
    )
  }
  if (topics.length === 0) return
  const keptMs = Math.min(parts.config.LOG_TRIM_AGE_MS, keptMsMax)
  const trimming = new WorkQueue()
  const stop = every(() => {
    void trimming
      .add(() => trimAll(log, topics, keptMs))
      .catch((error: unknown) => parts.logger.warn({ err: error }, 'published topics were not trimmed; trying again'))
  }, trimEveryMs)
  parts.closers.add('trimming of published topics', {
    async close() {
      stop()
      await trimming.idle()
    },
  })
}

async function trimAll(log: EventLog, topics: readonly PublishedTopic[], keptMs: number): Promise<void> {
  for (const { topic } of topics) {
    await log.trim(topic, endsOf(await log.bounds(topic)), keptMs)
  }
}

function noteAppend({ waiting }: Parts, topic: string, error: unknown): void {
  const part = `feed to ${topic}`
  if (error === null) return waiting.clear(part)
  waiting.set(part, reasonOf(error), error)
}
