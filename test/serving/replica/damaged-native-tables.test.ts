import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import { fromEngineError } from '../../../serving/replica/engine-error.ts'
import { flipBitOfFile } from '../../fakes/flip-bit.ts'

it('a bit that a disk flips in a native table is an error that says what to do, never another answer', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-native-'))
  const file = join(folder, 'a.duckdb')
  const engine = await openDuckDb({ memoryBytesMax: 64 * 1024 * 1024, threads: 1, spillFolder: folder })
  const session = await engine.connect()
  try {
    await session.run(`ATTACH '${file}' AS made`)
    await session.run(`CREATE TABLE made.rows AS SELECT range AS a, 'text ' || range AS b FROM range(100000)`)
    await session.run('DETACH made')
    const good = await readFile(file)
    const unseen: number[] = []
    for (let part = 0; part < 20; part += 1) {
      const bit = Math.floor((good.length * part) / 20) * 8
      await flipBitOfFile(file, bit)
      const read = async () => {
        await session.run(`ATTACH '${file}' AS flipped (READ_ONLY)`)
        await session.rows('SELECT bit_xor(hash(r)) FROM flipped.rows r')
      }
      const error: unknown = await read().catch((failure: unknown) => fromEngineError(failure, ''))
      if (error === undefined) unseen.push(bit)
      else expect(error).toMatchObject({ code: 'TABLE_CORRUPT', message: expect.stringContaining('delete cache/') })
      await session.run('DETACH DATABASE IF EXISTS flipped')
      await flipBitOfFile(file, bit)
    }
    expect(unseen).toEqual([])
    expect((await stat(file)).size).toBe(good.length)
  } finally {
    session.close()
    engine.close()
    await rm(folder, { recursive: true })
  }
})
