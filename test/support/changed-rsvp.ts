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

/** `rsvp` with a rule tightened: at most three guests. */
export const tighterRsvp: DefinedDataset = defineDataset({
  ...unchanged,
  contract: Rsvp.extend({ guests: z.int().min(0).max(3) }),
})
