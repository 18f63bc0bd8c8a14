import { judgeEvent } from './judge-event.ts'
import type { JudgedEvent } from './judge-event.ts'
import { Newest } from './answers/newest.ts'
import { sortRows } from './rows.ts'
import type { Row, TableName, Tables, TablesOf } from './rows.ts'
import * as rows from './rsvp-rows.ts'

/** A record without a value. */
export type Tombstone = { readonly key: Uint8Array | null }

/** What a producer sends: the bytes of an event, or a tombstone. */
export type Sent = Uint8Array | Tombstone

/** A record as the log has it. `timestamp` is when the log received it, epoch ms. */
export type LoggedRecord = {
  readonly partition: number
  readonly offset: bigint
  readonly timestamp: bigint
  /** None where nobody reads it. */
  readonly key?: Uint8Array | null
  readonly value: Uint8Array | null
}

/** What a record has of what was sent. */
export function sentParts(sent: Sent): { readonly key: Uint8Array | null; readonly value: Uint8Array | null } {
  return 'key' in sent ? { key: sent.key, value: null } : { key: null, value: sent }
}

/** The tables that a plain fold over the log gives: no SQL, and nothing of what is derived from the declaration. */
export function recount(records: Iterable<LoggedRecord>): Tables {
  return recountBy(createRecount, records)
}

/** The same for any dataset. */
export function recountBy<Name extends string>(
  create: () => Recount<Name>,
  records: Iterable<LoggedRecord>,
): TablesOf<Name> {
  const counted = create()
  for (const record of records) counted.add(record)
  return counted.tables()
}

/** Takes records in any order, each once. Asking for the tables costs a sort, not another fold. */
export type Recount<Name extends string = string> = {
  add(record: LoggedRecord): void
  /** Rows of all records, or those that stem from records at these positions: so a speed view is told. */
  tables(isShown?: (position: Position) => boolean): TablesOf<Name>
}

export type Position = Pick<LoggedRecord, 'partition' | 'offset'>

export function createRecount(): Recount<TableName> {
  const newest = {
    member: new Newest(),
    member_service: new Newest(),
    topic: new Newest(),
    groups: new Newest(),
    group_topic: new Newest(),
    venue: new Newest(),
    event: new Newest(),
    rsvp: new Newest(),
    rsvp_change: new Newest(),
  }
  const appended: { readonly arrival: Row[]; readonly rejected: Row[] } = { arrival: [], rejected: [] }

  function accept(record: LoggedRecord, judged: JudgedEvent): void {
    const { event } = judged
    const version = { time: event.mtime, partition: record.partition, offset: record.offset, position: 0 }
    newest.member.offer(`${event.member.member_id}`, version, [rows.memberRow(event)])
    newest.member_service.offer(`${event.member.member_id}`, version, rows.serviceRows(judged))
    newest.groups.offer(`${event.group.group_id}`, version, [rows.groupRow(event)])
    newest.group_topic.offer(`${event.group.group_id}`, version, rows.groupTopicRows(event))
    for (const [position, topic] of rows.topicRows(event).entries()) {
      newest.topic.offer(topic.urlkey, { ...version, position }, [topic])
    }
    const venue = rows.venueRow(event)
    if (venue !== null) newest.venue.offer(`${venue['venue_id']}`, version, [venue])
    newest.event.offer(event.event.event_id, version, [rows.eventRow(event)])
    newest.rsvp.offer(`${event.rsvp_id}`, version, [rows.rsvpRow(event)])
    newest.rsvp_change.offer(`${event.rsvp_id} ${event.mtime}`, version, [rows.changeRow(event)])
    appended.arrival.push(rows.arrivalRow(record, event))
  }

  return {
    add(record) {
      const judged = judgeEvent(record.value, Number(record.timestamp))
      if (judged === null) appended.rejected.push(rows.rejectedRow(record))
      else accept(record, judged)
    },
    tables: (isShown = () => true) => ({
      member: sortRows(newest.member.rows(isShown)),
      member_service: sortRows(newest.member_service.rows(isShown)),
      topic: sortRows(newest.topic.rows(isShown)),
      groups: sortRows(newest.groups.rows(isShown)),
      group_topic: sortRows(newest.group_topic.rows(isShown)),
      venue: sortRows(newest.venue.rows(isShown)),
      event: sortRows(newest.event.rows(isShown)),
      rsvp: sortRows(newest.rsvp.rows(isShown)),
      rsvp_change: sortRows(newest.rsvp_change.rows(isShown)),
      arrival: sortRows(appended.arrival.filter((row) => isShown(positionOf(row)))),
      rejected: sortRows(appended.rejected.filter((row) => isShown(positionOf(row)))),
    }),
  }
}

/** Of a row that tells where it stood in the log. */
export function positionOf(row: Row): Position {
  return { partition: Number(row['log_partition']), offset: BigInt(row['log_offset'] ?? 0) }
}
