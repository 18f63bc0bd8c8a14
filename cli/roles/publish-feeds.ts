import type { Logger } from 'pino'
import { WorkQueue } from '../../schemas/async/work-queue.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { EventLog, NewRecord } from '../../schemas/ports/log.ts'
import { endsOf } from '../../schemas/formats/offset-ranges.ts'
import type { Every } from '../../serving/feeds/every.ts'
import type { FeedHub } from '../../serving/feeds/feed-hub.ts'
import { feedRequest } from '../../serving/feeds/feed-request.ts'
import type { Config } from '../parts/config.ts'
import type { UntilReachable } from '../parts/outages.ts'
import { reasonOf } from '../parts/waiting.ts'
import type { Waiting } from '../parts/waiting.ts'
import { PublishedFeed } from '../../serving/feeds/published-feed.ts'

/** Published messages are about the moment, so the embedded log keeps them no longer than this. */
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

export type PublishingNeeds = {
  readonly datasets: readonly DefinedDataset[]
  readonly log: EventLog
  readonly feeds: FeedHub
  readonly every: Every
  readonly config: Pick<Config, 'LOG_TRIM_AGE_MS'>
  readonly untilReachable: UntilReachable
  readonly waiting: Waiting
  readonly logger: Pick<Logger, 'warn'>
}

/**
 * Appends every feed that is declared to be published to its topic, and trims the topics by age, because no tidemark
 * passes them. The log and the store must answer first. One process should publish: several would repeat each other's
 * messages. Close it before the log.
 */
export async function publishFeeds(needs: PublishingNeeds): Promise<{ close(): Promise<void> }> {
  const { datasets, log, feeds, every, config, untilReachable, waiting, logger } = needs
  const topics = publishedTopics(datasets)
  for (const { topic } of topics) await untilReachable('log', () => log.ensureTopic(topic))
  const published = topics.map(({ dataset, feed, topic, everyMs }) => {
    const request = feedRequest(dataset, { feed, view: 'merged', values: new Map() })
    const options = {
      append: (record: NewRecord) => log.append(topic, [record]),
      key: feed,
      intervalMs: everyMs,
      onAppend: (error: unknown) => noteAppend(waiting, topic, error),
    }
    return new PublishedFeed(options).start((subscriber) => feeds.subscribe(request, subscriber))
  })
  const keptMs = Math.min(config.LOG_TRIM_AGE_MS, keptMsMax)
  const trimming = new WorkQueue()
  const stop = every(() => {
    void trimming
      .add(() => trimAll(log, topics, keptMs))
      .catch((error: unknown) => logger.warn({ err: error }, 'published topics were not trimmed; trying again'))
  }, trimEveryMs)
  return {
    async close() {
      stop()
      await trimming.idle()
      for (const feed of published) await feed.close()
    },
  }
}

async function trimAll(log: EventLog, topics: readonly PublishedTopic[], keptMs: number): Promise<void> {
  for (const { topic } of topics) {
    await log.trim(topic, endsOf(await log.bounds(topic)), keptMs)
  }
}

function noteAppend(waiting: Waiting, topic: string, error: unknown): void {
  const part = `feed to ${topic}`
  if (error === null) return waiting.clear(part)
  waiting.set(part, reasonOf(error), error)
}
