import type { EventLog, TopicSettings } from '../../schemas/ports/log.ts'
import type { VerdictTime } from '../../serving/events/event-verdict.ts'
import { bytesText, durationText } from '../output/text-columns.ts'

/**
 * Events are judged before they are appended as they will be judged when they are read. If the topic's settings cannot
 * be read, the log is taken to stamp records, as it does in topics that we create.
 */
export function verdictTime(log: EventLog, topic: string): VerdictTime {
  return { now: Date.now, hasLogTime: async () => (await log.settings(topic))?.stampedBy !== 'producer' }
}

/** Describes a topic's settings for people. */
export function settingsText(topic: string, settings: TopicSettings | null): string {
  if (settings === null)
    return 'its settings may not be read (DescribeConfigs), so nothing warns before it deletes events that are not archived'
  return [stampText(topic, settings), retentionText(settings)].join('; ')
}

function stampText(topic: string, { stampedBy }: TopicSettings): string {
  return stampedBy === 'log'
    ? 'the log stamps what it receives'
    : `its message.timestamp.type is CreateTime: producers write the time of a record, so that time neither limits an event's time nor moves stream time; \`kafka-configs.sh --alter --topic ${topic} --add-config message.timestamp.type=LogAppendTime\` changes that for later records`
}

function retentionText({ retentionMs, retentionBytes }: TopicSettings): string {
  const limits = [
    ...(retentionMs === null ? [] : [`older than ${durationText(retentionMs)}`]),
    ...(retentionBytes === null ? [] : [`beyond ${bytesText(retentionBytes)} of a partition`]),
  ]
  return limits.length === 0
    ? 'it deletes nothing that is not archived'
    : `it deletes events ${limits.join(' or ')}, archived or not`
}
