import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compareGenerations } from '../../../batch/compare/compare-generations.ts'
import type { TableComparison } from '../../../batch/compare/compare-generations.ts'
import type { Manifest } from '../../../schemas/formats/manifest.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { deletingRsvp, recastRsvp, rekeyedRsvp, tighterRsvp, widerRsvp } from '../../support/changed-rsvp.ts'
import { rsvpRecord } from '../../support/make-rsvp.ts'
import { story, tell } from '../story.ts'
import { Workbench } from '../../support/workbench.ts'

describe('a comparison of two generations', () => {
  let bench: Workbench

  beforeEach(async () => {
    bench = await Workbench.open()
  })

  afterEach(async () => {
    await bench.close()
  })

  async function compare(from: Manifest, to: Manifest, dataset = rsvp): Promise<readonly TableComparison[]> {
    const { openEngine } = bench.batchOptions()
    return await compareGenerations({ dataset, store: bench.store, openEngine, from, to, examplesMax: 2 })
  }

  /** Only what differs, by table. */
  async function differing(from: Manifest, to: Manifest, dataset = rsvp): Promise<Record<string, TableComparison>> {
    const tables = await compare(from, to, dataset)
    const different = tables.filter(({ shape, rows }) => shape.length + rows.length > 0)
    return Object.fromEntries(different.map((table) => [table.table, table]))
  }

  it('finds nothing between a generation and its rebuild, and counts every row', async () => {
    for (const chapter of story.keys()) await tell(bench, chapter)
    const first = await bench.generation()
    const rebuilt = await bench.generation({ isRebuild: true })
    for (const { table, equal, shape, rows } of await compare(first, rebuilt))
      expect([table, equal, shape, rows]).toEqual([table, (await bench.rows(first, table)).length, [], []])
  })

  it('says of rows of events that one does not cover that this is why, also of sets that they emptied', async () => {
    await tell(bench, 0)
    const older = await bench.generation()
    await tell(bench, 1)
    const newer = await bench.generation()
    const why = 'of events that generation 1 does not cover'
    const found = await differing(older, newer)
    expect(found['rsvp']?.rows).toEqual([{ where: 'both', why, count: 1, examples: ['rsvp_id=1 (rsvp/0@2)'] }])
    const replaced = 'replaced by events that generation 1 does not cover'
    const [set] = found['group_topic']?.rows ?? []
    expect(set).toMatchObject({ where: 'from', why: replaced, count: 2 })
    expect(set?.examples).toEqual(['group_id=1, urlkey=a (rsvp/0@2)', 'group_id=1, urlkey=b (rsvp/0@2)'])
    expect(found['rejected']?.rows).toMatchObject([{ where: 'to', why, count: 2 }])
    const back = await differing(newer, older)
    expect(back['group_topic']?.rows).toMatchObject([{ where: 'to', why: replaced, count: 2 }])
    for (const { rows } of [...Object.values(found), ...Object.values(back)])
      for (const row of rows) expect([why, replaced]).toContain(row.why)
  })

  it('says of rows of events that one rejected for which reason, and what the other accepted', async () => {
    await bench.log.append('rsvp', [
      rsvpRecord({ id: 1, mtime: 1000, memberId: 7, topics: ['a'] }),
      rsvpRecord({ id: 1, mtime: 2000, memberId: 7, topics: [], guests: 9 }),
      rsvpRecord({ id: 2, mtime: 2000, memberId: 8, groupId: 2, guests: 5 }),
    ])
    await bench.archive()
    const tight = await bench.generation({ dataset: tighterRsvp })
    const loose = await bench.generation()
    const found = await differing(tight, loose)
    const why = expect.stringMatching(/^of events that generation 1 rejected: guests: /)
    expect(found['rsvp']?.rows).toEqual([
      { where: 'both', why, count: 1, examples: ['rsvp_id=1 (rsvp/0@1)'] },
      { where: 'to', why, count: 1, examples: ['rsvp_id=2 (rsvp/0@2)'] },
    ])
    expect(found['group_topic']?.rows).toMatchObject([
      {
        where: 'from',
        why: expect.stringMatching(/^replaced by events that generation 1 rejected: guests: /),
        count: 1,
        examples: ['group_id=1, urlkey=a (rsvp/0@1)'],
      },
      { where: 'to', why, count: 1 },
    ])
    expect(found['rejected']?.rows).toMatchObject([{ where: 'from', why: 'accepted by generation 2', count: 2 }])
  })

  it('names columns that one has and the other has not, and compares those that both have', async () => {
    await tell(bench, 0)
    const narrow = await bench.generation()
    const wide = await bench.generation({ dataset: widerRsvp })
    expect(await differing(narrow, wide)).toEqual({
      rsvp: {
        table: 'rsvp',
        equal: 2,
        shape: ['only generation 2 has the column member_name (VARCHAR)'],
        rows: [],
      },
    })
  })

  it('compares values of another type as texts, names tables that one lacks, and says where keys do not pair', async () => {
    await bench.log.append('rsvp', [rsvpRecord({ id: 1, guests: 2 }), rsvpRecord({ id: 2, guests: 3 })])
    await bench.archive()
    const before = await bench.generation()
    const found = await differing(before, await bench.generation({ dataset: recastRsvp }))
    expect(found).toEqual({
      rsvp: expect.objectContaining({
        equal: 0,
        shape: [expect.stringMatching(/^guests is BIGINT in generation 1, DECIMAL\(38,0\) in generation 2$/)],
        rows: [expect.objectContaining({ where: 'both', why: 'of the same events, in visibility', count: 2 })],
      }),
      member_service: expect.objectContaining({ shape: ['only generation 1 has it, with 0 rows'] }),
      topic: expect.objectContaining({
        shape: [
          'only generation 1 has the column urlkey (VARCHAR)',
          'urlkey of its key is not in both, so its rows cannot be paired',
        ],
      }),
    })
  })

  it('says what was deleted, and where', async () => {
    await bench.log.append('rsvp', [rsvpRecord({ id: 1, mtime: 1000 }), rsvpRecord({ id: 2, mtime: 1000 })])
    await bench.archive()
    const before = await bench.generation({ dataset: deletingRsvp })
    await bench.log.append('rsvp', [rsvpRecord({ id: 1, mtime: 2000, response: 'no' })])
    await bench.archive()
    const after = await bench.generation({ dataset: deletingRsvp })
    expect((await differing(before, after, deletingRsvp))['rsvp']?.rows).toEqual([
      {
        where: 'from',
        why: 'deleted by events that generation 1 does not cover',
        count: 1,
        examples: ['rsvp_id=1 (rsvp/0@2)'],
      },
    ])
    const plain = await bench.generation()
    const found = await differing(plain, after, deletingRsvp)
    expect(found['rsvp']?.rows).toEqual([
      { where: 'from', why: 'deleted in generation 2', count: 1, examples: ['rsvp_id=1 (rsvp/0@2)'] },
    ])
    expect(found['group_topic']?.rows).toEqual([
      {
        where: 'from',
        why: 'deleted in generation 2',
        count: 1,
        examples: ['group_id=1, urlkey=hiking (rsvp/0@2)'],
      },
    ])
  })

  it('does not pair rows of which several have one key', async () => {
    await bench.log.append('rsvp', [rsvpRecord({ id: 1, mtime: 1000 }), rsvpRecord({ id: 1, mtime: 2000 })])
    await bench.archive()
    const many = await bench.generation()
    const few = await bench.generation({ dataset: rekeyedRsvp })
    expect((await differing(many, few, rekeyedRsvp))['rsvp_change']).toEqual({
      table: 'rsvp_change',
      equal: null,
      shape: ['several rows of generation 1 have the same rsvp_id, so they cannot be paired'],
      rows: [],
    })
  })

  it('finds nothing in a table whose files both name, declared here or not', async () => {
    await tell(bench, 0)
    const made = await bench.generation()
    expect(await differing(made, made, recastRsvp)).toEqual({})
  })

  it('names a file that is gone', async () => {
    await tell(bench, 0)
    const first = await bench.generation()
    const second = await bench.generation({ isRebuild: true })
    const key = first.tables['rsvp']?.[0]?.key ?? ''
    await bench.store.delete(key)
    await expect(compare(first, second)).rejects.toThrow(key)
  })
})
