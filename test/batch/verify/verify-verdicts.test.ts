import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Table } from '../../../schemas/declare/dataset.ts'
import { chunkKey } from '../../../schemas/formats/raw-chunk.ts'
import { verdictKey } from '../../../schemas/formats/verdict.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { datasetOf } from '../../oracle/judge.ts'
import { said, twoGenerations, verify } from './two-generations.ts'
import { Workbench } from '../../support/workbench.ts'

const verdictOf = (firstOffset: bigint) => verdictKey(rsvp, { topic: 'rsvp', partition: 0, firstOffset, digest: null })

describe('verify names a planted fault', () => {
  let bench: Workbench

  beforeEach(async () => {
    bench = await Workbench.open()
  })

  afterEach(async () => {
    await bench.close()
  })

  it.each([
    ['another reason', `CASE WHEN reason IS NOT NULL THEN 'planted' END AS reason`, 'reason differ', 4],
    ['other bytes of a rejected event', `CASE WHEN reason IS NOT NULL THEN 'x'::BLOB END AS value`, 'value differ', 4],
    [
      'another event',
      'CASE WHEN _offset = 3 THEN struct_update(event, guests := 9::BIGINT) ELSE event END AS event',
      'event differ',
      3,
    ],
    ['an event rejected', `CASE WHEN _offset = 5 THEN 'planted' ELSE reason END AS reason`, 'reason differ', 5],
    ['another time', 'CASE WHEN _offset = 5 THEN _time + 1 ELSE _time END AS _time', '_time differ', 5],
  ])('of a verdict with %s', async (_, planted, fault, offset) => {
    await twoGenerations(bench)
    await bench.rewrite(verdictOf(3n), `SELECT * REPLACE (${planted}) FROM $file ORDER BY _offset`)
    expect(said(await verify(bench))).toEqual([
      `verdicts: ${verdictOf(3n)} ${fault} from judging its chunk [rsvp/0@${offset}]`,
    ])
  })

  it('of a verdict with another tombstone', async () => {
    const thing: Table = {
      kind: 'latest',
      key: ['id'],
      columns: { id: { path: 'id', type: 'BIGINT' } },
      deletes: { tombstones: { id: '$key' } },
    }
    const dataset = datasetOf(z.object({ time: z.int().min(0).max(1), id: z.int() }), { thing })
    await bench.log.ensureTopic('made')
    await bench.log.appendTombstones('made', [Buffer.from('1')])
    await bench.archive({ topic: 'made' })
    await bench.generation({ dataset })
    expect(said(await verify(bench, { dataset }))).toEqual([])
    const key = verdictKey(dataset, { topic: 'made', partition: 0, firstOffset: 0n, digest: null })
    const planted = 'struct_pack(thing := struct_pack(id := 2::BIGINT)) AS tombstone'
    await bench.rewrite(key, `SELECT * REPLACE (${planted}) FROM $file`)
    expect(said(await verify(bench, { dataset }))).toEqual([
      `verdicts: ${key} tombstone differ from judging its chunk [made/0@0]`,
    ])
  })

  it('of a damaged verdict, and of one that is of another chunk', async () => {
    await twoGenerations(bench)
    const body = Buffer.from((await bench.store.read(verdictOf(3n))) ?? [])
    bench.store.replace(verdictOf(6n), body)
    bench.store.replace(verdictOf(3n), body.subarray(0, body.length - 100))
    expect(said(await verify(bench))).toEqual([
      `verdicts: ${verdictOf(3n)} is damaged in memory store, as two reads of it found: delete it, the next rebuild judges its chunk again`,
      `verdicts: ${verdictOf(6n)} says chunk ${chunkKey('rsvp', 0, 3n)}, not ${chunkKey('rsvp', 0, 6n)}: delete it, the next rebuild judges its chunk again`,
    ])
  })
})
