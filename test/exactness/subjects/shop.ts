import * as fc from 'fast-check'
import { receivedMs } from '../../oracle/arbitrary/events.ts'
import { orders, tombstones } from '../../oracle/arbitrary/orders.ts'
import { isObject, parseLine } from '../../oracle/judge-event.ts'
import { createShopRecount, shopColumns } from '../../oracle/shop-recount.ts'
import type { ShopTableName } from '../../oracle/shop-recount.ts'
import { shop } from './shop-dataset.ts'
import type { Subject } from './subject.ts'
import { numbered } from './worlds.ts'

/** The same orders and tombstones in every run. */
const lines = fc.sample(
  fc.oneof(
    { weight: 7, arbitrary: orders.map((order) => Buffer.from(JSON.stringify(order))) },
    { weight: 1, arbitrary: tombstones },
  ),
  { numRuns: 450, seed: 5 },
)

export const shopSubject: Subject = {
  dataset: shop,
  tables: shopColumns,
  createRecount: createShopRecount,
  recording: {
    lines: () => lines,
    firstReceivedMs: receivedMs,
    keyOf: (line) => /"order_id":(\d+)/.exec(Buffer.from(line).toString())?.[1] ?? '',
    answeredAnew(line, laterMs) {
      const json = parseLine(line)?.json
      if (!isObject(json) || typeof json['at'] !== 'number') return line
      const twice = Array.isArray(json['lines']) ? [...json['lines'], ...json['lines']] : []
      return Buffer.from(JSON.stringify({ ...json, lines: twice, at: json['at'] + laterMs }))
    },
  },
  keys: {
    eventSql: `CASE WHEN event IS NOT NULL THEN struct_update(event, order_id := ${numbered('event.order_id')}) END`,
    tombstoneSql: `CASE WHEN tombstone IS NOT NULL THEN struct_pack("order" := struct_pack(order_id := ${numbered('tombstone."order".order_id')})) END`,
    tellingColumn: {
      order: 'order_id',
      order_deleted: 'order_id',
      web_order: 'order_id',
      line: 'order_id',
      price: 'order_id',
      label: 'order_id',
      sold: 'order_id',
      arrival: 'log_partition',
      rejected: 'log_partition',
    } satisfies Record<ShopTableName, string>,
    numbers: ['order_id'],
    texts: [],
  },
}
