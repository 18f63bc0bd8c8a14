import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { OffsetRange } from '../../../schemas/ports/log.ts'
import { offsetCountOf, rangesBelow, rangesFrom, unite, without } from '../../../schemas/formats/offset-ranges.ts'
import type { PartitionRanges } from '../../../schemas/formats/offset-ranges.ts'

const offsetMax = 30

const ranges: fc.Arbitrary<PartitionRanges> = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 0, max: offsetMax - 1 }),
      fc.integer({ min: 1, max: 8 }),
    ),
    { maxLength: 8 },
  )
  .map((pieces) =>
    unite(
      ...pieces.map(
        ([partition, first, length]) =>
          new Map([[partition, [{ firstOffset: BigInt(first), nextOffset: BigInt(first + length) }]]]),
      ),
    ),
  )

/** As sets of offsets, the slow way. */
function offsetsOf(of: PartitionRanges): ReadonlySet<string> {
  return new Set(
    [...of].flatMap(([partition, list]) =>
      list.flatMap(({ firstOffset, nextOffset }) =>
        Array.from({ length: Number(nextOffset - firstOffset) }, (_, i) => `${partition} ${Number(firstOffset) + i}`),
      ),
    ),
  )
}

function isTidy(of: PartitionRanges): boolean {
  const touches = (list: readonly OffsetRange[]) =>
    list.some(({ firstOffset, nextOffset }, i) => {
      const next = list[i + 1]
      return firstOffset >= nextOffset || (next !== undefined && next.firstOffset <= nextOffset)
    })
  return [...of.values()].every((list) => list.length > 0 && !touches(list))
}

it('treats ranges as the sets of offsets that they are', () => {
  fc.assert(
    fc.property(ranges, ranges, fc.integer({ min: 0, max: offsetMax }), (a, b, position) => {
      const [ofA, ofB] = [offsetsOf(a), offsetsOf(b)]
      const at = new Map([0, 1, 2].map((partition) => [partition, BigInt(position)]))
      const isBelow = (offset: string) => Number(offset.split(' ')[1]) < position
      expect(offsetsOf(unite(a, b))).toEqual(new Set([...ofA, ...ofB]))
      expect(offsetsOf(without(a, b))).toEqual(new Set([...ofA].filter((offset) => !ofB.has(offset))))
      expect(offsetsOf(rangesFrom(a, at))).toEqual(new Set([...ofA].filter((offset) => !isBelow(offset))))
      expect(offsetsOf(rangesBelow(a, at))).toEqual(new Set([...ofA].filter(isBelow)))
      expect(offsetCountOf(a)).toBe(BigInt(ofA.size))
      for (const made of [unite(a, b), without(a, b), rangesFrom(a, at), rangesBelow(a, at)])
        expect(isTidy(made)).toBe(true)
    }),
  )
})
