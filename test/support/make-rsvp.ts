import type { NewRecord } from '../../schemas/ports/log.ts'

/** The time at which the log of a test receives all records, unless the test gives another. */
export const receivedMs = 1_489_930_000_000

export type RsvpFacts = {
  readonly id: number
  readonly mtime?: number
  readonly response?: 'yes' | 'no'
  readonly guests?: number
  readonly memberId?: number
  readonly memberName?: string
  readonly groupId?: number
  readonly topics?: readonly string[]
}

/** Returns a valid event of the dataset `rsvp` as a record without a key. */
export function rsvpRecord(facts: RsvpFacts): NewRecord {
  return { key: null, value: Buffer.from(JSON.stringify(rsvpEvent(facts))) }
}

export function brokenRecord(text: string): NewRecord {
  return { key: null, value: Buffer.from(text) }
}

/** Returns valid events with consecutive ids and times. */
export function rsvpRecords(firstId: number, count: number): readonly NewRecord[] {
  return Array.from({ length: count }, (_, i) =>
    rsvpRecord({ id: firstId + i, mtime: 1_489_920_000_000 + (firstId + i) * 1000 }),
  )
}

function rsvpEvent({
  id,
  mtime = 1_489_920_000_000,
  response = 'yes',
  guests = 0,
  memberId = id,
  memberName = `Member ${memberId}`,
  groupId = 1,
  topics = ['hiking'],
}: RsvpFacts) {
  return {
    rsvp_id: id,
    mtime,
    response,
    guests,
    visibility: 'public',
    member: { member_id: memberId, member_name: memberName },
    event: {
      event_id: `event-${groupId}`,
      event_name: 'A walk',
      event_url: 'https://example.org/walk',
      time: 1_490_000_000_000,
    },
    group: {
      group_id: groupId,
      group_name: `Group ${groupId}`,
      group_urlname: `group-${groupId}`,
      group_city: 'London',
      group_country: 'gb',
      group_lat: 51.5,
      group_lon: -0.1,
      group_topics: topics.map((urlkey) => ({ urlkey, topic_name: urlkey.toUpperCase() })),
    },
  }
}
