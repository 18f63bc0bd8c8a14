import type { Count, Filter, Panel } from '../dataset.ts'

export const counts: Readonly<Record<string, Count>> = {
  yes: {
    title: 'People who said yes',
    table: 'rsvp',
    where: "response = 'yes'",
    naive: { table: 'arrival', where: "response = 'yes'" },
  },
  answers: {
    title: 'Answers',
    table: 'rsvp',
    where: 'true',
    naive: { table: 'arrival', where: 'true' },
  },
}

export const filters: Readonly<Record<string, Filter>> = {
  country: { label: 'Country' },
}

export const panels: readonly Panel[] = [
  {
    kind: 'bars',
    page: 'now',
    title: 'Cities',
    note: 'The ten cities with the most people who said yes.',
    feed: 'now',
    answer: 'cities',
    label: ['city', 'country'],
    value: 'yes',
    sets: { country: 'country' },
  },
]
