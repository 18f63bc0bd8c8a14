import { defineDataset } from '../declare/define-dataset.ts'
import { Reading } from './contract.ts'
import { counts, filters, panels } from './dashboard.ts'
import { examples } from './examples.ts'
import { feeds } from './feeds.ts'
import { generator } from './generator.ts'
import { queries } from './queries.ts'
import { tables } from './tables.ts'

export const sensor = defineDataset({
  name: 'sensor',
  topic: 'sensor',
  description: 'Room sensors: how warm and how humid it is, and which sensors have fallen silent.',
  contract: Reading,
  time: { path: 'ts', aheadMsMax: 60 * 1000 },
  tables,
  queries,
  feeds,
  counts,
  filters,
  panels,
  generator,
  examples,
})
