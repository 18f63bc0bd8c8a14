import type { Table } from '../declare/dataset.ts'

export const tables = {
  member: {
    kind: 'latest',
    key: ['member_id'],
    columns: {
      member_id: { path: 'member.member_id', type: 'BIGINT' },
      member_name: { path: 'member.member_name', type: 'VARCHAR' },
      photo: { path: 'member.photo', type: 'VARCHAR' },
    },
  },
  member_service: {
    kind: 'set',
    owner: 'member',
    entries: 'member.other_services',
    key: ['member_id'],
    distinct: ['service'],
    // If the object names a service twice, it is the same service.
    mayDrop: true,
    columns: {
      member_id: { path: 'member.member_id', type: 'BIGINT' },
      service: { path: '@key', type: 'VARCHAR' },
      identifier: { path: '@.identifier', type: 'VARCHAR' },
    },
  },
  topic: {
    kind: 'latest',
    array: 'group.group_topics',
    key: ['urlkey'],
    columns: {
      urlkey: { path: '@.urlkey', type: 'VARCHAR' },
      topic_name: { path: '@.topic_name', type: 'VARCHAR' },
    },
  },
  groups: {
    kind: 'latest',
    key: ['group_id'],
    columns: {
      group_id: { path: 'group.group_id', type: 'BIGINT' },
      group_name: { path: 'group.group_name', type: 'VARCHAR' },
      group_urlname: { path: 'group.group_urlname', type: 'VARCHAR' },
      city: { path: 'group.group_city', type: 'VARCHAR' },
      state: { path: 'group.group_state', type: 'VARCHAR' },
      country: { path: 'group.group_country', type: 'VARCHAR' },
      lat: { path: 'group.group_lat', type: 'DOUBLE' },
      lon: { path: 'group.group_lon', type: 'DOUBLE' },
    },
  },
  group_topic: {
    kind: 'set',
    owner: 'groups',
    array: 'group.group_topics',
    key: ['group_id'],
    distinct: ['urlkey'],
    // If a group names a topic twice, it is the same topic.
    mayDrop: true,
    columns: {
      group_id: { path: 'group.group_id', type: 'BIGINT' },
      urlkey: { path: '@.urlkey', type: 'VARCHAR' },
    },
    references: { urlkey: 'topic.urlkey' },
  },
  venue: {
    kind: 'latest',
    key: ['venue_id'],
    columns: {
      venue_id: { path: 'venue.venue_id', type: 'BIGINT' },
      venue_name: { path: 'venue.venue_name', type: 'VARCHAR' },
      lat: { path: 'venue.lat', type: 'DOUBLE' },
      lon: { path: 'venue.lon', type: 'DOUBLE' },
    },
  },
  event: {
    kind: 'latest',
    key: ['event_id'],
    columns: {
      event_id: { path: 'event.event_id', type: 'VARCHAR' },
      event_name: { path: 'event.event_name', type: 'VARCHAR' },
      event_url: { path: 'event.event_url', type: 'VARCHAR' },
      event_time: { path: 'event.time', type: 'TIMESTAMPTZ' },
      group_id: { path: 'group.group_id', type: 'BIGINT' },
      venue_id: { path: 'venue.venue_id', type: 'BIGINT' },
    },
    references: { group_id: 'groups.group_id', venue_id: 'venue.venue_id' },
  },
  rsvp: {
    kind: 'latest',
    key: ['rsvp_id'],
    columns: {
      rsvp_id: { path: 'rsvp_id', type: 'BIGINT' },
      event_id: { path: 'event.event_id', type: 'VARCHAR' },
      member_id: { path: 'member.member_id', type: 'BIGINT' },
      response: { path: 'response', type: 'VARCHAR' },
      guests: { path: 'guests', type: 'BIGINT' },
      visibility: { path: 'visibility', type: 'VARCHAR' },
      mtime: { path: 'mtime', type: 'TIMESTAMPTZ' },
    },
    references: { event_id: 'event.event_id', member_id: 'member.member_id' },
  },
  rsvp_change: {
    kind: 'latest',
    key: ['rsvp_id', 'mtime'],
    columns: {
      rsvp_id: { path: 'rsvp_id', type: 'BIGINT' },
      mtime: { path: 'mtime', type: 'TIMESTAMPTZ' },
      response: { path: 'response', type: 'VARCHAR' },
      guests: { path: 'guests', type: 'BIGINT' },
    },
    references: { rsvp_id: 'rsvp.rsvp_id' },
  },
  arrival: {
    kind: 'append',
    key: ['log_partition', 'log_offset'],
    columns: {
      log_partition: { path: '$partition', type: 'INTEGER' },
      log_offset: { path: '$offset', type: 'BIGINT' },
      received_at: { path: '$timestamp', type: 'TIMESTAMPTZ' },
      rsvp_id: { path: 'rsvp_id', type: 'BIGINT' },
      mtime: { path: 'mtime', type: 'TIMESTAMPTZ' },
      response: { path: 'response', type: 'VARCHAR' },
      guests: { path: 'guests', type: 'BIGINT' },
    },
    references: { rsvp_id: 'rsvp.rsvp_id' },
  },
} as const satisfies Record<string, Table>
