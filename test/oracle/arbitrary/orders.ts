import * as fc from 'fast-check'
import type { Tombstone } from '../recount.ts'
import { receivedMs } from './events.ts'

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 4 })

/** Small pools, so that lines of one order are alike in their sku, their price, both or neither. */
const lines = fc.array(
  fc.record(
    {
      sku: optional(fc.constantFrom('cup', 'plate', '', 'Tasse ☕')),
      quantity: fc.constantFrom(1, 2),
      price: optional(fc.constantFrom(0, -0, 1.5, 0.1 + 0.2)),
    },
    { requiredKeys: ['quantity'] },
  ),
  { maxLength: 5 },
)
const labels = fc.dictionary(
  fc.constantFrom('gift', 'late', 'a', 'b'),
  fc.record({ note: optional(fc.constantFrom('x', 'y', '')) }, { requiredKeys: [] }),
  { maxKeys: 4 },
)

/** What an order may hold, each with the text that the engine shows of its column. */
export const orderValues = {
  total: [
    [19.99, '19.99'],
    [-0.1, '-0.10'],
    [1e6, '1000000.00'],
  ],
  paid_on: [
    ['2017-03-19', '2017-03-19'],
    ['2024-02-29', '2024-02-29'],
  ],
  sent_at: [
    ['2017-03-19T12:00:00.000001Z', '2017-03-19 12:00:00.000001+00'],
    ['2017-03-19T01:30:00+02:00', '2017-03-18 23:30:00+00'],
  ],
  parcel: [
    ['99999999999999999999999999999999999999', '99999999999999999999999999999999999999'],
    ['-1', '-1'],
  ],
  tags: [
    [[], '[]'],
    [['gift', '東京'], '[gift, 東京]'],
  ],
  details: [
    [{ b: [1, null], a: 'é' }, '{"b":[1,null],"a":"é"}'],
    ['text', '"text"'],
  ],
} as const satisfies Record<string, readonly (readonly [unknown, string])[]>

const valueOf = (name: keyof typeof orderValues) =>
  optional(fc.constantFrom(...orderValues[name].map(([value]) => value)))

/** A value that the contract allows and its column cannot hold. */
const misfits = fc.constantFrom({ total: 0.125 }, { parcel: '007' }, { paid_on: '0000-01-01' })

/** Before, among and after the times of the records of a generated log, which are those of tombstones. */
const times = fc.constantFrom(-2000, -1000, 5, 12, 300, 1000).map((laterMs) => receivedMs + laterMs)

/** An order that is accepted, but for one in ten, which does not fit. Its fields may be there, empty, null or missing. */
export const orders = fc
  .tuple(
    fc.record(
      {
        order_id: fc.integer({ min: 1, max: 4 }),
        at: times,
        lines: optional(lines),
        labels: optional(labels),
        channel: optional(fc.constantFrom('web', 'shop')),
        state: optional(fc.constantFrom('open', 'gone')),
        total: valueOf('total'),
        paid_on: valueOf('paid_on'),
        sent_at: valueOf('sent_at'),
        parcel: valueOf('parcel'),
        tags: valueOf('tags'),
        details: valueOf('details'),
      },
      { requiredKeys: ['order_id', 'at'] },
    ),
    fc.oneof({ weight: 9, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: misfits }),
  )
  .map(([order, misfit]) => ({ ...order, ...misfit }))

/** Keys of tombstones: one in four is none of an order. */
export const tombstones: fc.Arbitrary<Tombstone> = fc
  .oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }).map((id) => `{"schema":null,"id":${id}}`) },
    { weight: 1, arbitrary: fc.constantFrom('', '1', '{}', '{"id":"1"}', '{"id":null}', '{"id":1.5}', null) },
  )
  .map((key) => ({ key: key === null ? null : Buffer.from(key) }))
