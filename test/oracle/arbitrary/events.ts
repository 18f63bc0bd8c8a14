import * as fc from 'fast-check'
import { sentParts } from '../recount.ts'
import type { LoggedRecord, Sent, Tombstone } from '../recount.ts'

/** When the log of a generated run receives its first record; each later one a millisecond after it. */
export const receivedMs = 1_489_926_600_000

const dayMs = 86_400_000

/** Small pools, so that keys collide, versions tie, and sets change and empty. */
const ids = fc.integer({ min: 1, max: 4 })
const names = fc.constantFrom('a', 'b', 'Zoë', '東京ハイキング', '🏔️ hikers', '', ' ', 'O\'Neil "quoted" \\ \n\t')
const urlkeys = fc.constantFrom('hiking', 'wine', 'ai', '登山', '')
const coordinates = fc.constantFrom(0, -0, 51.5, -0.1, -8.521147, 179.1962, 1e-7, 1e21, 0.1 + 0.2, 2 ** 53 + 2)
const mtimes = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 }).map((n) => receivedMs - 4000 + n * 1000) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, receivedMs - 40 * dayMs, receivedMs + dayMs) },
)
const eventTimes = fc.constantFrom(null, 0, receivedMs + 3_600_000, receivedMs + 400 * dayMs, 253_402_300_799_999)

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 4 })

const services = fc.dictionary(
  fc.constantFrom('facebook', 'twitter', '', '__proto__', 'constructor', '1', 'ツイッター'),
  fc.record({ identifier: optional(names) }, { requiredKeys: [] }),
  { maxKeys: 3 },
)

/** The same topic may stand in it twice, under different names. */
const topics = fc.array(fc.record({ urlkey: urlkeys, topic_name: names }), { maxLength: 4 })

/** An accepted event. Its arrays may be there, empty, null or missing. */
export const acceptedEvents = fc.record({
  rsvp_id: ids,
  mtime: mtimes,
  response: fc.constantFrom('yes', 'no'),
  guests: fc.constantFrom(0, 1, 7),
  visibility: fc.constantFrom('public', 'private'),
  member: fc.record(
    { member_id: ids, member_name: names, photo: optional(names), other_services: optional(services) },
    { requiredKeys: ['member_id', 'member_name'] },
  ),
  event: fc.record(
    { event_id: fc.constantFrom('e1', 'e2', '236222256'), event_name: names, event_url: names, time: eventTimes },
    { requiredKeys: ['event_id', 'event_name', 'event_url'] },
  ),
  group: fc.record(
    {
      group_id: ids,
      group_name: names,
      group_urlname: names,
      group_city: names,
      group_state: optional(names),
      group_country: fc.constantFrom('gb', 'jp'),
      group_lat: coordinates,
      group_lon: coordinates,
      group_topics: optional(topics),
    },
    {
      requiredKeys: [
        'group_id',
        'group_name',
        'group_urlname',
        'group_city',
        'group_country',
        'group_lat',
        'group_lon',
      ],
    },
  ),
  venue: optional(fc.record({ venue_id: ids, venue_name: names, lat: coordinates, lon: coordinates })),
})

/** Lines that are no event at all. */
const brokenLines = fc.oneof(
  fc.constantFrom('', '{', '{}', 'null', '[]', '{"rsvp_id":1', 'not JSON').map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from([0xff, ...bytes])),
)

/**
 * A log of up to `lengthMax` records on one or three partitions, in order of arrival. One in ten is broken, and two are
 * tombstones if there are any.
 */
export function arbitraryLogs(
  lengthMax: number,
  events: fc.Arbitrary<object> = acceptedEvents,
  tombstones?: fc.Arbitrary<Tombstone>,
): fc.Arbitrary<readonly LoggedRecord[]> {
  const sent = fc.oneof(
    ...(tombstones === undefined ? [] : [{ weight: 2, arbitrary: tombstones }]),
    { weight: 9, arbitrary: events.map((event) => Buffer.from(JSON.stringify(event))) },
    { weight: 1, arbitrary: brokenLines },
  )
  return fc.integer({ min: 1, max: 3 }).chain((partitions) =>
    fc
      .array(fc.record({ sent, partition: fc.integer({ min: 0, max: partitions - 1 }) }), {
        minLength: 1,
        maxLength: lengthMax,
      })
      .map(toLog),
  )
}

function toLog(arrived: readonly { readonly partition: number; readonly sent: Sent }[]): readonly LoggedRecord[] {
  const nextOffsets = new Map<number, bigint>()
  return arrived.map(({ partition, sent }, n) => {
    const offset = nextOffsets.get(partition) ?? 0n
    nextOffsets.set(partition, offset + 1n)
    return { partition, offset, timestamp: BigInt(receivedMs + n), ...sentParts(sent) }
  })
}
