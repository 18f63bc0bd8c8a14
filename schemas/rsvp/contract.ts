import { z } from 'zod'

const id = z.int().min(1)
const epochMs = z.int().min(0).max(253_402_300_799_999)
const text = z.string()

/** A Meetup RSVP, as Meetup's public stream sent it. Unknown fields are allowed and kept in the raw chunks. */
export const Rsvp = z.object({
  rsvp_id: id,
  mtime: epochMs,
  response: z.enum(['yes', 'no']),
  guests: z.int().min(0).max(1_000_000),
  visibility: text,
  member: z.object({
    member_id: id,
    member_name: text,
    photo: text.nullish(),
    other_services: z.record(text, z.object({ identifier: text.nullish() })).nullish(),
  }),
  event: z.object({ event_id: text, event_name: text, event_url: text, time: epochMs.nullish() }),
  venue: z.object({ venue_id: id, venue_name: text, lat: z.number(), lon: z.number() }).nullish(),
  group: z.object({
    group_id: id,
    group_name: text,
    group_urlname: text,
    group_city: text,
    group_state: text.nullish(),
    group_country: text,
    group_lat: z.number(),
    group_lon: z.number(),
    group_topics: z.array(z.object({ urlkey: text, topic_name: text })).nullish(),
  }),
})
export type Rsvp = z.infer<typeof Rsvp>
