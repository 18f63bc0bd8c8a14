import { defineDataset } from '../declare/define-dataset.ts'
import { Rsvp } from './contract.ts'
import { counts, filters, panels } from './dashboard.ts'
import { examples } from './examples.ts'
import { feeds } from './feeds.ts'
import { queries } from './queries.ts'
import { tables } from './tables.ts'

export const rsvp = defineDataset({
  name: 'rsvp',
  topic: 'rsvp',
  isDefault: true,
  description: 'Answers to invitations on Meetup: who will come to which event of which group, and who will not.',
  contract: Rsvp,
  time: { path: 'mtime', aheadMsMax: 24 * 60 * 60 * 1000 },
  tables,
  queries,
  feeds,
  counts,
  filters,
  panels,
  examples,
})
