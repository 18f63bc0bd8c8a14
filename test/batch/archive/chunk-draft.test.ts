import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addSlice, draftFrom, emptyDraft, isOpenedBy } from '../../../batch/archive/chunk-draft.ts'
import type { ChunkDraft } from '../../../batch/archive/chunk-draft.ts'
import type { LogRecord, LogSlice } from '../../../schemas/ports/log.ts'

function record(offset: bigint): LogRecord {
  return { offset, timestamp: 1n, hasLogTime: true, key: null, headers: [], value: Buffer.from(`value ${offset}`) }
}

function slice(firstOffset: bigint, nextOffset: bigint, offsets: readonly bigint[]): LogSlice {
  return { partition: 0, firstOffset, nextOffset, records: offsets.map(record) }
}

/** Every offset of a draft as what the draft says it is; one that it says nothing or two things about is a fault. */
function offsetsOf({ firstOffset, nextOffset, records, gaps, losses }: ChunkDraft): readonly string[] {
  const said = Array.from({ length: Number(nextOffset - firstOffset) }, () => '')
  const say = (offset: bigint, what: string) => {
    const index = Number(offset - firstOffset)
    said[index] = `${said[index] ?? 'outside '}${what}`
  }
  for (const { offset } of records) say(offset, 'record')
  for (const range of gaps)
    for (let offset = range.firstOffset; offset < range.nextOffset; offset += 1n) say(offset, 'gap')
  for (const range of losses)
    for (let offset = range.firstOffset; offset < range.nextOffset; offset += 1n) say(offset, 'loss')
  return said
}

/** A stretch of a log: what each offset holds, cut into slices; losses only where the log says so, between slices. */
const stretches = fc.array(
  fc.record({
    lost: fc.integer({ min: 0, max: 2 }),
    offsets: fc.array(fc.constantFrom('record', 'gap'), { maxLength: 6 }),
  }),
  { maxLength: 6 },
)

function draftOf(
  first: bigint,
  log: readonly { readonly lost: number; readonly offsets: readonly string[] }[],
): { draft: ChunkDraft; truth: string[] } {
  const draft = emptyDraft(0, first, 0)
  const truth: string[] = []
  for (const { lost, offsets } of log) {
    truth.push(...Array.from({ length: lost }, () => 'loss'))
    const from = first + BigInt(truth.length)
    truth.push(...offsets)
    const held = offsets.flatMap((what, i) => (what === 'record' ? [from + BigInt(i)] : []))
    addSlice(draft, slice(from, from + BigInt(offsets.length), held))
  }
  return { draft, truth }
}

describe('a chunk in the making', () => {
  it('knows each of its offsets as exactly one of record, gap and loss', () => {
    fc.assert(
      fc.property(stretches, (log) => {
        const { draft, truth } = draftOf(7n, log)
        expect(offsetsOf(draft)).toEqual(truth)
      }),
    )
  })

  it('says the same of what is left when another archiver has taken its beginning', () => {
    fc.assert(
      fc.property(stretches, fc.nat({ max: 60 }), (log, taken) => {
        const { draft, truth } = draftOf(7n, log)
        const cut = Math.min(taken, truth.length)
        expect(offsetsOf(draftFrom(draft, 7n + BigInt(cut)))).toEqual(truth.slice(cut))
      }),
    )
  })

  it('is empty where another archiver has taken more than it read', () => {
    const { draft } = draftOf(0n, [{ lost: 0, offsets: ['record', 'record'] }])
    expect(draftFrom(draft, 5n)).toEqual(emptyDraft(0, 5n, 0))
  })

  it('takes no record twice', () => {
    const draft = emptyDraft(0, 0n, 0)
    addSlice(draft, slice(0n, 2n, [0n, 1n]))
    addSlice(draft, slice(1n, 4n, [1n, 2n, 3n]))
    expect(draft.records.map(({ offset }) => offset)).toEqual([0n, 1n, 2n, 3n])
  })

  it('joins gaps that touch', () => {
    const draft = emptyDraft(0, 0n, 0)
    addSlice(draft, slice(0n, 3n, [0n]))
    addSlice(draft, slice(3n, 6n, [5n]))
    expect(draft.gaps).toEqual([{ firstOffset: 1n, nextOffset: 5n }])
  })

  it('counts the bytes of keys and values and a little for each record', () => {
    const draft = emptyDraft(0, 0n, 0)
    addSlice(draft, {
      ...slice(0n, 1n, []),
      records: [{ ...record(0n), key: Buffer.from('key'), value: Buffer.from('value') }],
    })
    expect(draft.bytes).toBe(64 + 8)
  })

  it('is as old as its oldest record where the log dates it, and as its beginning where only the producer does', () => {
    const [dated, undated] = [emptyDraft(0, 0n, 1000), emptyDraft(0, 0n, 1000)]
    addSlice(dated, slice(0n, 1n, [0n]))
    addSlice(undated, { ...slice(0n, 1n, []), records: [{ ...record(0n), hasLogTime: false }] })
    expect([isOpenedBy(dated, 500), isOpenedBy(undated, 500), isOpenedBy(undated, 1000)]).toEqual([true, false, true])
  })
})
