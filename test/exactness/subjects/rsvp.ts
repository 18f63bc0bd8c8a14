import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { rsvpRecording } from '../../oracle/recording.ts'
import { createRecount } from '../../oracle/recount.ts'
import { rsvpColumns } from '../../oracle/rows.ts'
import type { TableName } from '../../oracle/rows.ts'
import type { Subject } from './subject.ts'
import { numbered, prefixed } from './worlds.ts'

export const rsvpSubject: Subject = {
  dataset: rsvp,
  tables: rsvpColumns,
  createRecount,
  recording: rsvpRecording,
  keys: {
    eventSql: `CASE WHEN event IS NOT NULL THEN struct_update(event,
  rsvp_id := ${numbered('event.rsvp_id')},
  member := struct_update(event.member, member_id := ${numbered('event.member.member_id')}),
  event := struct_update(event.event, event_id := ${prefixed('event.event.event_id')}),
  venue := CASE WHEN event.venue IS NOT NULL THEN struct_update(event.venue, venue_id := ${numbered('event.venue.venue_id')}) END,
  "group" := struct_update(event."group",
    group_id := ${numbered('event."group".group_id')},
    group_topics := list_transform(event."group".group_topics, lambda x: struct_update(x, urlkey := ${prefixed('x.urlkey')})))
) END`,
    tellingColumn: {
      member: 'member_id',
      member_service: 'member_id',
      topic: 'urlkey',
      groups: 'group_id',
      group_topic: 'group_id',
      venue: 'venue_id',
      event: 'event_id',
      rsvp: 'rsvp_id',
      rsvp_change: 'rsvp_id',
      arrival: 'log_partition',
      rejected: 'log_partition',
    } satisfies Record<TableName, string>,
    numbers: ['rsvp_id', 'member_id', 'group_id', 'venue_id'],
    texts: ['event_id', 'urlkey'],
  },
}
