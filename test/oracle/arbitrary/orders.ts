import * as fc from 'fast-check'
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

/** An accepted order. Its lines and labels may be there, empty, null or missing. */
export const acceptedOrders = fc.record(
  {
    order_id: fc.integer({ min: 1, max: 4 }),
    at: fc.integer({ min: 0, max: 3 }).map((n) => receivedMs - 4000 + n * 1000),
    lines: optional(lines),
    labels: optional(labels),
  },
  { requiredKeys: ['order_id', 'at'] },
)
