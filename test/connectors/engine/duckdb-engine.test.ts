import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'

it('spills as far as its disk has room, not as far as the disk had room when it spilled first', async () => {
  const engine = await openDuckDb({ memoryBytesMax: 64 * 1024 ** 2, threads: 1, spillFolder: tmpdir() })
  onTestFinished(() => engine.close())
  const session = await engine.connect()
  const [row] = await session.rows(`SELECT current_setting('max_temp_directory_size') AS bytes_max`)
  expect(row).toEqual({ bytes_max: '1.0 PiB' })
  session.close()
})

it('keeps nothing of the Parquet files that it has read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-engine-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const engine = await openDuckDb({ memoryBytesMax: 64 * 1024 ** 2, threads: 1, spillFolder: folder })
  onTestFinished(() => engine.close())
  const session = await engine.connect()
  for (let file = 0; file < 10; file += 1) {
    const path = join(folder, `${file}.parquet`)
    await session.run(`COPY (SELECT range AS a, 'text ' || range AS b FROM range(10_000)) TO '${path}'`)
    await session.rows(`SELECT sum(a), max(b) FROM read_parquet('${path}')`)
  }
  const kept = await session.rows('SELECT tag FROM duckdb_memory() WHERE memory_usage_bytes > 0')
  expect(kept).toEqual([])
  session.close()
})
