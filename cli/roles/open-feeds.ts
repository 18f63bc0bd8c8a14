import type { Logger } from 'pino'
import { every } from '../../serving/feeds/every.ts'
import { FeedHub } from '../../serving/feeds/feed-hub.ts'
import type { TogetherReader } from '../../serving/replica/reader.ts'
import type { Config } from '../parts/config.ts'

const answersBytesMax = 8 * 1024 * 1024
/** The time-out of a feed's answers, even if queries may take longer. */
const timeoutMsMax = 10_000

export type FeedNeeds = {
  readonly config: Pick<
    Config,
    'FEED_SUBSCRIBERS_MAX' | 'FEED_VARIANTS_MAX' | 'QUERY_ROWS_MAX' | 'QUERY_BYTES_MAX' | 'QUERY_TIMEOUT_MS'
  >
  readonly logger: Logger
  readonly reader: TogetherReader
}

/**
 * Opens the hub that computes the feeds of every dataset, for subscribers and topics alike. Close it before the reader.
 */
export function openFeeds({ config, logger, reader }: FeedNeeds): FeedHub {
  return new FeedHub({
    reader,
    logger,
    every,
    // Unlike the time of day, this clock never goes back.
    now: () => performance.now(),
    limits: {
      subscribersMax: config.FEED_SUBSCRIBERS_MAX,
      variantsMax: config.FEED_VARIANTS_MAX,
      rowsMax: config.QUERY_ROWS_MAX,
      bytesMax: Math.min(config.QUERY_BYTES_MAX, answersBytesMax),
      timeoutMs: Math.min(config.QUERY_TIMEOUT_MS, timeoutMsMax),
    },
  })
}
