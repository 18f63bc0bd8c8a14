import { setTimeout } from 'node:timers/promises'
import { AppError } from '../../../schemas/errors.ts'
import type { LogSlice } from '../../../schemas/ports/log.ts'
import type { Positions } from '../../../schemas/formats/tidemark.ts'
import { backoffMs } from '../../waiting/backoff.ts'
import { type KafkaAddress, type KafkaClient, openKafkaClient } from '../client.ts'
import { toAppError } from '../errors.ts'
import { readMetadata, type TopicOf } from './offsets.ts'
import { followSession } from './session.ts'

export type KafkaFollowing = {
  readonly address: KafkaAddress
  readonly of: TopicOf
  readonly from: Positions
  readonly signal: AbortSignal
  readonly onRetry: (message: string) => void
}

/**
 * How many times in a row a topic may seem deleted or shorter before the follower believes it. A broker that has just
 * come back may know less than others.
 */
const doubtsMax = 4

/**
 * Follows until the signal aborts, and waits while Kafka is unreachable. Each session has its own connections, so a
 * broker that stops answering costs one session.
 */
export async function* followKafka({ address, of, from, signal, onRetry }: KafkaFollowing): AsyncGenerator<LogSlice> {
  const positions = new Map(from)
  let topicId: string | undefined
  let failures = 0
  while (!signal.aborted) {
    let client: KafkaClient | undefined
    try {
      client = await openKafkaClient(address)
      const metadata = await readMetadata(client, of)
      topicId ??= metadata.topicId
      if (metadata.topicId !== topicId) throw recreated(of)
      for await (const slice of followSession(client, of, { positions, metadata, signal })) {
        failures = 0
        positions.set(slice.partition, slice.nextOffset)
        yield slice
      }
    } catch (error) {
      if (signal.aborted) return
      const failure = toAppError(error, of)
      failures += 1
      if (!isWorthRepeating(failure, { failures, isKnown: topicId !== undefined })) throw failure
      onRetry(failure.message)
      await setTimeout(backoffMs(failures), undefined, { signal }).catch(() => undefined)
    } finally {
      await client?.close()
    }
  }
}

function isWorthRepeating({ code }: AppError, { failures, isKnown }: { failures: number; isKnown: boolean }): boolean {
  if (code === 'LOG_UNREACHABLE') return true
  if (code === 'TOPIC_MISSING') return failures <= (isKnown ? doubtsMax : 1)
  return code === 'LOG_RECREATED' && failures <= doubtsMax
}

function recreated({ description, topic }: TopicOf): AppError {
  return new AppError(
    'LOG_RECREATED',
    `${topic} of ${description} was deleted and made again. Start with an empty store, or restore the topic.`,
  )
}
