import { AppError } from '../../schemas/errors.ts'
import { kafkaError } from './calls.ts'

/** The names of an error and of its causes: kafkajs's classes, and Kafka's names of what brokers refuse. */
function namesOf(error: unknown): string[] {
  const names: string[] = []
  for (let cause = error; cause instanceof Error && names.length < 20; cause = cause.cause) {
    names.push(cause.name)
    if ('type' in cause && typeof cause.type === 'string') names.push(cause.type)
  }
  return names
}

/** Returns the error of the port `EventLog` for a failure of Kafka. */
export function toAppError(
  error: unknown,
  { description, topic }: { readonly description: string; readonly topic: string },
): AppError {
  if (error instanceof AppError) return error
  const names = namesOf(error)
  const is = (...candidates: readonly string[]) => candidates.some((name) => names.includes(name))
  if (is('UNKNOWN_TOPIC_OR_PARTITION')) return topicMissing(description, topic)
  if (is('MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE')) {
    return new AppError(
      'EVENT_TOO_LARGE',
      `${description} takes no record this long in ${topic}: raise its max.message.bytes, or lower EVENT_BYTES_MAX.`,
      { cause: error },
    )
  }
  if (is('PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH')) {
    return new AppError(
      'SOURCE_FAILED',
      `Another ingest of the same source into ${topic} has taken over. Let only one run at a time.`,
      { cause: error },
    )
  }
  return new AppError('LOG_UNREACHABLE', `${description} does not answer for ${topic}: ${messageOf(error)}`, {
    cause: error,
  })
}

function topicMissing(description: string, topic: string): AppError {
  return new AppError(
    'TOPIC_MISSING',
    `${description} has no topic ${topic}. \`tidemark start\` and \`tidemark ingest\` create it, or create it with Kafka's own tools.`,
  )
}

/** Throws the error of the port for an error code in an answer. */
export function throwCode(
  error: number,
  { description, topic }: { readonly description: string; readonly topic: string },
): void {
  if (error === kafkaError.none) return
  if (error === kafkaError.unknownTopic) throw topicMissing(description, topic)
  throw new AppError('LOG_UNREACHABLE', `${description} answered error ${error} for ${topic}.`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
