import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from '../../schemas/ports/engine.ts'
import { bytesOf, story, tables, tell } from './story.ts'
import { Workbench } from '../support/workbench.ts'

/** An engine that runs out of memory when it folds while `isExhausted`. */
async function exhausted(open: () => Promise<Engine>, isExhausted: () => boolean): Promise<Engine> {
  const engine = await open()
  const connect = engine.connect.bind(engine)
  engine.connect = async () => {
    const session = await connect()
    const run = session.run.bind(session)
    session.run = async (sql) => {
      if (sql.startsWith('MERGE') && isExhausted()) throw new Error('Out of Memory Error: planted')
      await run(sql)
    }
    return session
  }
  return engine
}

describe('a batch run with little memory', () => {
  let bench: Workbench

  beforeEach(async () => {
    bench = await Workbench.open()
  })

  afterEach(async () => {
    await bench.close()
  })

  it('makes the same bytes however little of what it has folded lies in memory', async () => {
    for (const chapter of story.keys()) await tell(bench, chapter)
    const inMemory = await bench.generation({ fileRowsMax: 10, groupBytesMax: 1 })
    const inSegments = await bench.generation({
      fileRowsMax: 10,
      groupBytesMax: 1,
      segmentBytesMax: 0,
      isRebuild: true,
    })
    expect(await bytesOf(bench, inSegments)).toEqual(await bytesOf(bench, inMemory))
    expect(await readdir(join(bench.folder, 'work'))).toEqual([])
  })

  it('adds several chunks to a generation in segments, to the rows that a rebuild has', async () => {
    const last = story.length - 1
    await tell(bench, last)
    await bench.generation()
    for (const chapter of story.keys()) await tell(bench, last - chapter)
    const incremental = await bench.generation({ groupBytesMax: 1, segmentBytesMax: 0 })
    const rebuilt = await bench.generation({ isRebuild: true })
    expect(await tables(bench, rebuilt)).toEqual(await tables(bench, incremental))
  })

  it('folds fewer chunks at once where memory does not suffice, to the same bytes', async () => {
    for (const chapter of story.keys()) await tell(bench, chapter)
    const whole = await bench.generation()
    const groups: number[] = []
    const withFiles = bench.store.withFiles.bind(bench.store)
    bench.store.withFiles = async (files, use) => {
      if (files.some(({ key }) => key.startsWith('raw/'))) groups.push(files.length)
      return await withFiles(files, use)
    }
    const openEngine = (): Promise<Engine> => exhausted(bench.batchOptions().openEngine, () => (groups.at(-1) ?? 0) > 2)
    const halved = await bench.generation({ isRebuild: true, openEngine })
    expect(groups).toEqual([4, 2, 2])
    expect(await bytesOf(bench, halved)).toEqual(await bytesOf(bench, whole))
  })
})
