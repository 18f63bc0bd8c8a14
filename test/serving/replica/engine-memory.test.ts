import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import { readEngineMemory } from '../../../serving/replica/engine-memory.ts'

const mebibyte = 1024 * 1024

it('reads what an engine holds in memory, and what it spilled when that was full', async () => {
  const spillFolder = join(tmpdir(), `tidemark-spill-${process.pid}`)
  const memoryBytesMax = 32 * mebibyte
  const engine = await openDuckDb({ memoryBytesMax, threads: 1, spillFolder })
  const session = await engine.connect()
  onTestFinished(async () => {
    session.close()
    engine.close()
    await rm(spillFolder, { recursive: true, force: true })
  })
  const read = () => readEngineMemory(session, memoryBytesMax)
  expect(await read()).toEqual({ usedBytes: 0, limitBytes: memoryBytesMax, spilledBytes: 0 })
  await session.run('CREATE TABLE few AS SELECT hash(range) AS h FROM range(200000)')
  const few = await read()
  expect(few.usedBytes).toBeGreaterThan(200_000 * 8)
  expect(few.spilledBytes).toBe(0)
  await session.run('CREATE TABLE many AS SELECT hash(range) AS h FROM range(6000000)')
  const many = await read()
  expect(many.usedBytes).toBeLessThanOrEqual(memoryBytesMax)
  expect(many.usedBytes + many.spilledBytes).toBeGreaterThan(6_000_000 * 8)
  await session.run('DROP TABLE many')
  await session.run('DROP TABLE few')
  expect(await read()).toMatchObject({ spilledBytes: 0 })
})
