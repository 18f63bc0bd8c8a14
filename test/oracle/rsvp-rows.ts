import type { JudgedEvent } from './judge-event.ts'
import type { LoggedRecord } from './recount.ts'
import type { Row } from './rows.ts'

type Event = JudgedEvent['event']

export function memberRow({ member }: Event): Row {
  return { member_id: BigInt(member.member_id), member_name: member.member_name, photo: member.photo ?? null }
}

export function serviceRows({ event, services }: JudgedEvent): readonly Row[] {
  return services.map((entry) => ({ member_id: BigInt(event.member.member_id), ...entry }))
}

export function groupRow({ group }: Event): Row {
  return {
    group_id: BigInt(group.group_id),
    group_name: group.group_name,
    group_urlname: group.group_urlname,
    city: group.group_city,
    state: group.group_state ?? null,
    country: group.group_country,
    lat: withoutMinusZero(group.group_lat),
    lon: withoutMinusZero(group.group_lon),
  }
}

/** In the order of the event's array, equal ones included. */
export function topicRows({ group }: Event): readonly { readonly urlkey: string; readonly topic_name: string }[] {
  return (group.group_topics ?? []).map(({ urlkey, topic_name }) => ({ urlkey, topic_name }))
}

export function groupTopicRows(event: Event): readonly Row[] {
  const urlkeys = new Set(topicRows(event).map(({ urlkey }) => urlkey))
  return [...urlkeys].map((urlkey) => ({ group_id: BigInt(event.group.group_id), urlkey }))
}

export function venueRow({ venue }: Event): Row | null {
  if (venue === null || venue === undefined) return null
  return {
    venue_id: BigInt(venue.venue_id),
    venue_name: venue.venue_name,
    lat: withoutMinusZero(venue.lat),
    lon: withoutMinusZero(venue.lon),
  }
}

export function eventRow({ event, group, venue }: Event): Row {
  return {
    event_id: event.event_id,
    event_name: event.event_name,
    event_url: event.event_url,
    event_time: bigintOrNull(event.time),
    group_id: BigInt(group.group_id),
    venue_id: bigintOrNull(venue?.venue_id),
  }
}

export function rsvpRow({ rsvp_id, event, member, response, guests, visibility, mtime }: Event): Row {
  return {
    rsvp_id: BigInt(rsvp_id),
    event_id: event.event_id,
    member_id: BigInt(member.member_id),
    response,
    guests: BigInt(guests),
    visibility,
    mtime: BigInt(mtime),
  }
}

export function changeRow({ rsvp_id, mtime, response, guests }: Event): Row {
  return { rsvp_id: BigInt(rsvp_id), mtime: BigInt(mtime), response, guests: BigInt(guests) }
}

export function arrivalRow(record: LoggedRecord, { rsvp_id, mtime, response, guests }: Event): Row {
  return {
    ...positionColumns(record),
    rsvp_id: BigInt(rsvp_id),
    mtime: BigInt(mtime),
    response,
    guests: BigInt(guests),
  }
}

export function rejectedRow(record: LoggedRecord): Row {
  const value = record.value === null ? null : Buffer.from(record.value).toString('hex')
  return { ...positionColumns(record), value }
}

export function positionColumns({ partition, offset, timestamp }: LoggedRecord) {
  return { log_partition: BigInt(partition), log_offset: offset, received_at: timestamp }
}

function bigintOrNull(value: number | null | undefined): bigint | null {
  return value === null || value === undefined ? null : BigInt(value)
}

/** 0 and -0 are one place, and one number to SQL. */
function withoutMinusZero(value: number): number {
  return value + 0
}
