import { z } from 'zod'
import { defineDataset } from '../../../schemas/declare/define-dataset.ts'

/** Orders of a shop, to try what the shipped datasets do not have: more types, deletes, kinds of events, and sets that drop elements without being declared to. */
export const shop = defineDataset({
  name: 'shop',
  topic: 'shop',
  description: 'Orders and their lines.',
  contract: z.object({
    order_id: z.int(),
    at: z.int().min(0).max(253_402_300_799_999),
    lines: z.array(z.object({ sku: z.string().nullish(), quantity: z.int(), price: z.number().nullish() })).nullish(),
    channel: z.enum(['web', 'shop']).nullish(),
    state: z.enum(['open', 'gone']).nullish(),
    total: z.number().nullish(),
    paid_on: z.iso.date().nullish(),
    sent_at: z.iso.datetime({ offset: true }).nullish(),
    parcel: z.string().nullish(),
    tags: z.array(z.string()).nullish(),
    details: z.unknown().optional(),
    labels: z.record(z.string(), z.object({ note: z.string().nullish() })).nullish(),
  }),
  time: { path: 'at', aheadMsMax: 2000 },
  tables: {
    order: {
      kind: 'latest',
      key: ['order_id'],
      columns: {
        order_id: { path: 'order_id', type: 'BIGINT' },
        at: { path: 'at', type: 'TIMESTAMPTZ' },
        total: { path: 'total', type: 'DECIMAL(12,2)' },
        paid_on: { path: 'paid_on', type: 'DATE' },
        sent_at: { path: 'sent_at', type: 'TIMESTAMPTZ' },
        parcel: { path: 'parcel', type: 'HUGEINT' },
        tags: { path: 'tags', type: 'VARCHAR[]' },
        details: { path: 'details', type: 'JSON' },
      },
      deletes: { path: 'state', in: ['gone'], tombstones: { order_id: '$key.id' } },
    },
    web_order: {
      kind: 'latest',
      key: ['order_id'],
      columns: { order_id: { path: 'order_id', type: 'BIGINT' }, at: { path: 'at', type: 'TIMESTAMPTZ' } },
      when: { path: 'channel', in: ['web'] },
    },
    line: {
      kind: 'set',
      owner: 'order',
      array: 'lines',
      key: ['order_id'],
      distinct: ['sku'],
      columns: {
        order_id: { path: 'order_id', type: 'BIGINT' },
        sku: { path: '@.sku', type: 'VARCHAR' },
        quantity: { path: '@.quantity', type: 'BIGINT' },
      },
      computed: {
        pair: { sql: 'quantity * 2', type: 'BIGINT' },
        // No sku is a number.
        sku_number: { sql: 'CAST(sku AS INTEGER)', type: 'INTEGER' },
      },
    },
    price: {
      kind: 'set',
      owner: 'order',
      array: 'lines',
      key: ['order_id'],
      distinct: ['price', 'quantity'],
      columns: {
        order_id: { path: 'order_id', type: 'BIGINT' },
        price: { path: '@.price', type: 'DOUBLE' },
        quantity: { path: '@.quantity', type: 'BIGINT' },
      },
    },
    label: {
      kind: 'set',
      owner: 'order',
      entries: 'labels',
      key: ['order_id'],
      distinct: ['note'],
      columns: {
        order_id: { path: 'order_id', type: 'BIGINT' },
        note: { path: '@.note', type: 'VARCHAR' },
      },
    },
    sold: {
      kind: 'set',
      owner: 'order',
      array: 'lines',
      key: ['order_id'],
      distinct: ['sku'],
      mayDrop: true,
      columns: {
        order_id: { path: 'order_id', type: 'BIGINT' },
        sku: { path: '@.sku', type: 'VARCHAR' },
      },
    },
    arrival: {
      kind: 'append',
      key: ['log_partition', 'log_offset'],
      columns: {
        log_partition: { path: '$partition', type: 'INTEGER' },
        log_offset: { path: '$offset', type: 'BIGINT' },
        order_id: { path: 'order_id', type: 'BIGINT' },
      },
    },
  },
  queries: {},
  feeds: {},
  counts: {},
  filters: {},
  panels: [],
})
