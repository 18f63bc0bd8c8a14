/** After the recording, so that every window that ends with stream time holds them. */
const afterRecordingMs = 1_489_926_620_000
let lastId = 9_000_000_000

/** Lines of valid events: so many members of one group of this city say yes. Ids are new with every call. */
export function rsvpsIn({ city, country, count }: { city: string; country: string; count: number }): string {
  const groupId = lastId
  const rsvps = Array.from({ length: count }, () => rsvp({ city, country, groupId, id: (lastId += 1) }))
  return rsvps.map((each) => JSON.stringify(each)).join('\n')
}

type Facts = { readonly city: string; readonly country: string; readonly groupId: number; readonly id: number }

function rsvp({ city, country, groupId, id }: Facts) {
  return {
    rsvp_id: id,
    mtime: afterRecordingMs + (id % 1000),
    response: 'yes',
    guests: 0,
    visibility: 'public',
    member: { member_id: id, member_name: `Member ${id}` },
    event: {
      event_id: `event-${city}`,
      event_name: `A walk in ${city}`,
      event_url: 'https://example.org/walk',
      time: 1_490_000_000_000,
    },
    group: {
      group_id: groupId,
      group_name: `Walkers of ${city}`,
      group_urlname: 'walkers',
      group_city: city,
      group_country: country,
      group_lat: 18.97,
      group_lon: 72.82,
      group_topics: [{ urlkey: 'hiking', topic_name: 'Hiking' }],
    },
  }
}
