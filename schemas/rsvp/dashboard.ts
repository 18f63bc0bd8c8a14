import type { Count, Filter, Panel } from '../dataset.ts'

export const counts: Readonly<Record<string, Count>> = {
  yes: {
    title: 'People who said yes',
    table: 'rsvp',
    where: "response = 'yes'",
    naive: { table: 'arrival', where: "response = 'yes'" },
  },
  answers: {
    title: 'RSVPs',
    table: 'rsvp',
    where: 'true',
    naive: { table: 'arrival', where: 'true' },
  },
}

export const filters: Readonly<Record<string, Filter>> = {
  country: { label: 'Country', suggest: { query: 'lookup', parameters: { kind: 'country' }, column: 'value' } },
  city: { label: 'City', suggest: { query: 'lookup', parameters: { kind: 'city' }, column: 'value' } },
}

const place = { label: ['city', 'country'], sets: { country: 'country', city: 'city' } } as const

export const panels: readonly Panel[] = [
  {
    kind: 'series',
    page: 'now',
    title: 'RSVPs per minute',
    note: 'How many members said yes and no in each minute of the last half hour, everywhere. The last minute is still going on.',
    feed: 'now',
    answer: 'rate',
    time: 'bucket',
    values: ['yes', 'no'],
  },
  {
    kind: 'bars',
    page: 'now',
    title: 'Top cities',
    note: 'Where most RSVPs came from in the last 15 minutes of the stream. Choose one to see it alone.',
    feed: 'now',
    answer: 'cities',
    ...place,
    value: 'answers',
  },
  {
    kind: 'bars',
    page: 'now',
    title: 'Trending topics',
    note: 'Yes an hour, what rises most above its own history first. The mark is what history expects.',
    feed: 'trending',
    answer: 'topics',
    label: ['topic_name'],
    value: 'rate_now',
    usual: 'expected_rate',
  },
  {
    kind: 'bars',
    page: 'now',
    title: 'Trending cities',
    note: 'The same by city: not what is merely big. Choose one to see it alone.',
    feed: 'trending',
    answer: 'cities',
    ...place,
    value: 'rate_now',
    usual: 'expected_rate',
  },
  {
    kind: 'list',
    page: 'now',
    title: 'Newest RSVPs',
    note: 'Who answered which invitation. An answer that is corrected moves up; it is never there twice.',
    feed: 'now',
    answer: 'newest',
    columns: ['mtime', 'member_name', 'response', 'guests', 'event_name', 'city', 'country'],
  },
  {
    kind: 'map',
    page: 'map',
    title: 'RSVPs by city',
    note: 'A circle for each city, as large as its RSVPs in the last hour of the stream. Choose one to see it alone.',
    feed: 'map',
    answer: 'places',
    ...place,
    lat: 'lat',
    lon: 'lon',
    size: 'answers',
  },
  {
    kind: 'figures',
    page: 'quality',
    title: 'What came, as it came',
    note: 'In the last day of the stream. Repeats are RSVPs that had come before: echoes say the same again, changes are corrections. Late ones are over a minute behind.',
    feed: 'quality',
    answer: 'stream',
    columns: ['events', 'rsvps', 'repeats', 'echoes', 'changes', 'late', 'rejected'],
  },
  {
    kind: 'bars',
    page: 'quality',
    title: 'Rejected events',
    note: 'Events that break the contract, by reason. They are kept with their bytes and counted nowhere else.',
    feed: 'quality',
    answer: 'rejected',
    label: ['reason'],
    value: 'events',
  },
]
