import { z } from 'zod'
import { defineDataset } from '../../schemas/declare/define-dataset.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { Rsvp } from '../../schemas/rsvp/contract.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { feeds } from '../../schemas/rsvp/feeds.ts'
import { queries } from '../../schemas/rsvp/queries.ts'
import { tables } from '../../schemas/rsvp/tables.ts'

const unchanged = { ...rsvp, queries, feeds, tables }

/** `rsvp` with a column added. */
export const widerRsvp: DefinedDataset = defineDataset({
  ...unchanged,
  tables: {
    ...tables,
    rsvp: {
      ...tables.rsvp,
      columns: { ...tables.rsvp.columns, member_name: { path: 'member.member_name', type: 'VARCHAR' } },
    },
  },
})

const { member_service: _services, group_topic: groupTopic, ...kept } = tables
const { references: _references, ...unrelatedGroupTopic } = groupTopic

/** `rsvp` with a column of another type, one that reads another field, a table with another key, and one table less. */
export const recastRsvp: DefinedDataset = defineDataset({
  ...unchanged,
  tables: {
    ...kept,
    group_topic: unrelatedGroupTopic,
    topic: {
      kind: 'latest',
      array: 'group.group_topics',
      key: ['topic_name'],
      columns: { topic_name: { path: '@.topic_name', type: 'VARCHAR' } },
    },
    rsvp: {
      ...tables.rsvp,
      columns: {
        ...tables.rsvp.columns,
        guests: { path: 'guests', type: 'HUGEINT' },
        visibility: { path: 'response', type: 'VARCHAR' },
      },
    },
  },
})

/** `rsvp` with tables from which some events delete. */
export const deletingRsvp: DefinedDataset = defineDataset({
  ...unchanged,
  tables: {
    ...tables,
    rsvp: { ...tables.rsvp, deletes: { path: 'response', in: ['no'] } },
    groups: { ...tables.groups, deletes: { path: 'response', in: ['no'] } },
  },
})

/** `rsvp` with a table of which a key has several rows of before. */
export const rekeyedRsvp: DefinedDataset = defineDataset({
  ...unchanged,
  tables: { ...tables, rsvp_change: { ...tables.rsvp_change, key: ['rsvp_id'] } },
})

/** `rsvp` with a rule tightened: at most three guests. */
export const tighterRsvp: DefinedDataset = defineDataset({
  ...unchanged,
  contract: Rsvp.extend({ guests: z.int().min(0).max(3) }),
})
