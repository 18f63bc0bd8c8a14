import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import { AppError } from '../../../schemas/errors.ts'

it('ends the statement of a session that is overdue, with the reason, and every later one', async () => {
  const overdue = new AbortController()
  const engine = await openDuckDb({
    memoryBytesMax: 64 * 1024 * 1024,
    threads: 1,
    spillFolder: tmpdir(),
    signal: overdue.signal,
  })
  const session = await engine.connect()
  expect(await session.rows('SELECT 1 AS one')).toEqual([{ one: 1 }])
  const running = session.transaction(() => session.run('SELECT count(*) FROM range(1_000_000_000_000)'))
  overdue.abort(new AppError('CLOSED', 'it is over'))
  await expect(running).rejects.toThrow('it is over')
  await expect(session.run('SELECT 1')).rejects.toThrow('it is over')
  session.close()
  engine.close()
})
