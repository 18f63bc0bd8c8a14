import { tmpdir } from 'node:os'
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
