import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { rsvpRecords } from '../../support/make-rsvp.ts'
import { retell, twoGenerations, undigested, verify } from './two-generations.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { Workbench } from '../../support/workbench.ts'

describe('verify', () => {
  let bench: Workbench

  beforeEach(async () => {
    bench = await Workbench.open()
  })

  afterEach(async () => {
    await bench.close()
  })

  it('finds nothing where nothing was ever archived', async () => {
    expect(await verify(bench)).toMatchObject({ manifest: null, differences: [], comparedWithLog: 0, rows: null })
  })

  it('finds nothing wrong with what the batch layer made, and says what it compared', async () => {
    await twoGenerations(bench)
    const report = await verify(bench)
    expect(report).toMatchObject({ differences: [], notes: [], comparedWithLog: 8, manifest: { generation: 2 } })
    expect(report.rows).toMatchObject({ rsvp: 6, arrival: 7, rejected: 1 })
    expect(report.partitions).toEqual([
      {
        partition: 0,
        firstOffset: 0n,
        nextOffset: 8n,
        chunkCount: 3,
        losses: [],
        unarchivedCount: 0n,
        unbatchedCount: 0n,
      },
    ])
  })

  it('says how many objects it held to their digests, and how many old ones have none', async () => {
    const { tables } = await twoGenerations(bench)
    const fileCount = Object.values(tables).flat().length
    expect((await verify(bench)).digests).toEqual({
      chainStarts: { checked: 1, without: 0 },
      chunks: { checked: 3, without: 0 },
      manifests: { checked: 2, without: 0 },
      tableFiles: { checked: fileCount, without: 0 },
      verdicts: { checked: 3, without: 0 },
    })
    const start = { format: 1, log_identity: 'memory/rsvp/1', first_offset: '0' }
    bench.store.replace('chains/rsvp/0.json', Buffer.from(JSON.stringify(start)))
    await retell(bench, 2, { tables: { ...tables, rsvp: (tables['rsvp'] ?? []).map(undigested) } })
    expect(await verify(bench)).toMatchObject({
      differences: [],
      digests: { chainStarts: { checked: 0, without: 1 }, tableFiles: { checked: fileCount - 1, without: 1 } },
    })
  })

  it('reports the unarchived and the unbatched tail without counting it a difference', async () => {
    await twoGenerations(bench)
    await bench.log.append('rsvp', rsvpRecords(20, 4))
    await bench.archive()
    await bench.log.append('rsvp', rsvpRecords(30, 3))
    const report = await verify(bench)
    expect(report.differences).toEqual([])
    expect(report.partitions).toMatchObject([{ nextOffset: 12n, unarchivedCount: 3n, unbatchedCount: 4n }])
  })

  it('compares what the log still holds, and reports losses and gaps without counting them a difference', async () => {
    await bench.log.append('rsvp', rsvpRecords(1, 3))
    await bench.archive()
    await bench.log.append('rsvp', rsvpRecords(4, 3))
    bench.log.insertGap('rsvp', 0, 2n)
    bench.log.lose('rsvp', 0, 5n)
    await bench.archive()
    await bench.generation()
    const report = await verify(bench)
    expect(report.differences).toEqual([])
    expect(report).toMatchObject({
      comparedWithLog: 1,
      lost: new Map([[0, [{ firstOffset: 3n, nextOffset: 5n }]]]),
      partitions: [{ losses: [{ firstOffset: 3n, nextOffset: 5n }], nextOffset: 8n }],
    })
  })

  it('works on several partitions at once', async () => {
    await bench.close()
    bench = await Workbench.open({ partitionCount: 4 })
    for (let first = 1; first < 60; first += 10) await bench.log.append('rsvp', rsvpRecords(first, 10))
    await bench.archive({ chunkBytesMax: 5000 })
    await bench.generation()
    expect(await verify(bench)).toMatchObject({ differences: [], comparedWithLog: 60, rows: { rsvp: 60 } })
  })

  it('compares nothing but the raw chunks where other declarations made all generations, and says so', async () => {
    await twoGenerations(bench)
    await retell(bench, 1, { declaration: 'another' })
    await retell(bench, 2, { declaration: 'another', predecessors: { another: 1 } })
    const report = await verify(bench)
    expect(report).toMatchObject({ differences: [], rows: null, comparedWithLog: 8 })
    expect(report.notes).toEqual([
      `none of the 2 generations is of this declaration (${rsvp.hash}) and has its files: no tables are compared, the next batch run makes one`,
    ])
  })

  it('changes nothing in the store or the log', async () => {
    await twoGenerations(bench)
    const before = bench.store.keys()
    await verify(bench)
    expect(bench.store.keys()).toEqual(before)
  })

  it('says how far it is', async () => {
    await twoGenerations(bench)
    const steps = new Map<string, [number, number]>()
    await verify(bench, { onProgress: (step, done, total) => void steps.set(step, [done, total]) })
    expect([...steps.keys()]).toEqual(['chains', 'log', 'tables'])
    for (const [done, total] of steps.values()) expect(done).toBe(total)
  })
})
