import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it, vi } from 'vitest'
import { lockStatements } from '../../../serving/sql/lock-engine.ts'
import { expectWorking, outcome, statement, usingSqlWorkers } from './open-sql-workers.ts'

const { folder, open } = usingSqlWorkers()

describe('answers', () => {
  it('what the reader answers, by any of the three views and with parameters', async () => {
    const { workers } = open()
    const answer = await workers.read(
      statement(
        'SELECT m.member_id, member_name AS "näme", $2 AS two FROM member m JOIN rsvp_batch.member USING (member_name) WHERE m.member_id >= $1 ORDER BY 1',
        {
          params: [2n, new Uint8Array([1, 2])],
          after: new Map([['rsvp', new Map([[0, 1n]])]]),
        },
      ),
    )
    expect(answer).toMatchObject({
      columns: [
        { name: 'member_id', type: 'BIGINT' },
        { name: 'näme', type: 'VARCHAR' },
        { name: 'two', type: 'BLOB' },
      ],
      rows: [
        [2, 'member 1', 'AQI='],
        [3, 'member 2', 'AQI='],
      ],
      isTruncated: false,
      asOf: { view: 'merged' },
    })
    expect(workers.status()).toMatchObject([{ dataset: 'rsvp', speed: { 'rsvp/0': '2' }, isReady: true }])
  })

  it('of any size, row by row as they were', async () => {
    const { workers } = open()
    const { rows } = await workers.read(
      statement(`SELECT range, repeat('日😀\n', 20), [range, NULL] FROM range(50000)`, { rowsMax: 50_000 }),
    )
    expect(rows).toHaveLength(50_000)
    expect(
      rows.filter(
        ([number, text, list], index) =>
          number !== index || text !== '日😀\n'.repeat(20) || JSON.stringify(list) !== `[${index},null]`,
      ),
    ).toEqual([])
    const [row] = (await workers.read(statement(`SELECT repeat('日😀', 1000000)`))).rows
    expect(row).toEqual(['日😀'.repeat(1_000_000)])
  })

  it('that are cut at the row cap, and none beyond the byte cap', async () => {
    const { workers } = open()
    expect(await workers.read(statement('FROM range(10)', { rowsMax: 3 }))).toMatchObject({
      rows: [[0], [1], [2]],
      isTruncated: true,
    })
    expect(await outcome(workers, `SELECT repeat('x', 1000) FROM range(100)`, { bytesMax: 10_000 })).toMatch(
      'QUERY_CAP_EXCEEDED',
    )
    await expectWorking(workers)
  })

  it('after a hand-over that attached a file to the locked engine', async () => {
    const { workers } = open()
    expect(await outcome(workers, 'SELECT sum(member_id) FROM rsvp.member /* hand over */')).toBe('answered 306')
  })

  it('with the refusal of the guard, its position and what exists', async () => {
    const { workers, losses } = open()
    await expect(workers.read(statement('SELECT 1\nFROM nix'))).rejects.toMatchObject({
      code: 'SQL_INVALID',
      details: { position: { line: 2, column: 6 }, tables: ['rsvp.member'] },
    })
    expect(losses).toEqual([])
  })
})

describe('time', () => {
  it('ends a statement by an interrupt, and keeps the worker', async () => {
    const { workers, losses } = open()
    await expectWorking(workers)
    expect(await outcome(workers, 'SELECT count(*) FROM range(1_000_000_000_000)', { timeoutMs: 100 })).toMatch(
      'QUERY_TIMEOUT',
    )
    await expectWorking(workers)
    expect(losses).toEqual([])
  })

  it('ends the worker of a statement that cannot be interrupted', async () => {
    const { workers, losses } = open()
    await expectWorking(workers)
    expect(await outcome(workers, 'SELECT 1 /* spin */', { timeoutMs: 100 })).toMatch('QUERY_TIMEOUT')
    await expectWorking(workers)
    expect(losses).toEqual(['its statement could not be interrupted'])
  })

  it('ends the statement of a caller that has gone, and keeps the worker', async () => {
    const { workers, losses } = open({ count: 1 })
    await expectWorking(workers)
    const gone = new AbortController()
    const running = outcome(workers, 'SELECT count(*) FROM range(1_000_000_000_000)', { signal: gone.signal })
    const next = expectWorking(workers)
    await setImmediate()
    gone.abort()
    expect(await running).toMatch('CLOSED')
    await next
    expect(losses).toEqual([])
  })

  it('ends the worker of a caller that has gone where the statement cannot be interrupted', async () => {
    const { workers, losses } = open({ count: 1 })
    await expectWorking(workers)
    const gone = new AbortController()
    const running = outcome(workers, 'SELECT 1 /* spin */', { signal: gone.signal })
    await setImmediate()
    gone.abort()
    expect(await running).toMatch('CLOSED')
    await expectWorking(workers)
    expect(losses).toEqual(['its statement could not be interrupted'])
  })

  it('of a statement counts while it waits for a worker', async () => {
    const { workers } = open()
    await expectWorking(workers)
    const first = outcome(workers, 'SELECT count(*) FROM range(1_000_000_000_000)', { timeoutMs: 1_000 })
    expect(await outcome(workers, 'SELECT 1', { timeoutMs: 50 })).toMatch('BUSY')
    expect(await first).toMatch('QUERY_TIMEOUT')
  })
})

describe('a worker that is lost', () => {
  it.each([
    ['exit', 'it ended with exit code 7'],
    ['nonsense', 'it sent a message that cannot be read'],
    ['not a row', 'it sent a row that cannot be read'],
    ['too much', 'it sent more than an answer may hold'],
    ['fail', 'the engine is broken'],
  ])('by /* %s */ fails its own statement alone', async (comment, reason) => {
    const { workers, losses, nextLoss } = open({ count: 2 })
    const lost = nextLoss()
    const hostile = outcome(workers, `SELECT 1 /* ${comment} */`, { bytesMax: 1000 })
    const others = Array.from({ length: 6 }, () => outcome(workers, 'SELECT sum(member_id) FROM rsvp.member'))
    expect(await hostile).toMatch('WORKER_LOST')
    expect(await Promise.all(others)).toEqual(others.map(() => 'answered 6'))
    expect(await lost).toMatch(reason)
    await expectWorking(workers)
    expect(losses).toHaveLength(1)
  })

  it('while idle is replaced before the next statement', async () => {
    const { workers, nextLoss } = open()
    await expectWorking(workers)
    const lost = nextLoss()
    expect(await outcome(workers, 'SELECT 1 /* exit */')).toMatch('WORKER_LOST')
    await lost
    expect(workers.status()).toMatchObject([{ isReady: false, waitingFor: 'a SQL worker to start' }])
    await expectWorking(workers)
    expect(workers.status()).toMatchObject([{ isReady: true }])
  })

  it('takes no answer to a statement that is not the running one', async () => {
    const { workers, losses } = open()
    expect(await outcome(workers, 'SELECT 42 /* stale */')).toBe('answered 42')
    expect(losses).toEqual([])
  })

  it('answers nothing before it is started, and says at once what it waits for', async () => {
    const { workers } = open({ isStarted: false })
    const before = await outcome(workers, 'SELECT 1')
    expect(before).toBe(
      'NOT_READY SQL workers start once tables and named queries are answered: /readyz says what is waited for',
    )
    workers.start()
    await expectWorking(workers)
  })

  it('at its start is tried again, and nothing can be read meanwhile', async () => {
    const { workers, losses, nextLoss } = open({ fault: 'ends at start' })
    while (losses.length < 3) await nextLoss()
    expect(await outcome(workers, 'SELECT 1', { timeoutMs: 50 })).toBe(
      'NOT_READY no SQL worker can answer yet; the last one ended before it was ready: it ended with exit code 7',
    )
  })
})

describe('memory', () => {
  it.each(['reserve', 'retain'])(
    'that a worker keeps after a statement (%s) costs the worker, and nobody an answer',
    async (misbehaviour) => {
      const { workers, nextLoss } = open()
      await expectWorking(workers)
      const lost = nextLoss()
      expect(await outcome(workers, `SELECT 42 /* ${misbehaviour} */`)).toBe('answered 42')
      await expectWorking(workers)
      expect(await lost).toBe('a statement used up its memory')
    },
  )

  it('that a worker keeps after a statement costs nothing while there is room', async () => {
    const { workers, losses } = open()
    await expectWorking(workers)
    for (let statements = 0; statements < 2; statements += 1)
      expect(await outcome(workers, 'SELECT 42 /* retain a little */')).toBe('answered 42')
    await expectWorking(workers)
    expect(losses).toEqual([])
  })

  it('beyond what the worker watches is QUERY_CAP_EXCEEDED, also where the system sets no limit', async () => {
    const { workers, nextLoss } = open({ watchedBytesMax: 300 * 1024 * 1024 })
    await expectWorking(workers)
    const lost = nextLoss()
    expect(await outcome(workers, 'SELECT 42 /* hoard */')).toMatch('QUERY_CAP_EXCEEDED')
    await expectWorking(workers)
    expect(await lost).toBe('a statement used up its memory')
  })

  it('beyond the engine’s own limit is on disk, up to a limit too', async () => {
    const sql = `SELECT count(DISTINCT range || repeat('x', 100)) FROM range(3_000_000)`
    expect(await outcome(open().workers, sql)).toBe('answered 3000000')
    expect(await outcome(open({ fault: 'no spill' }).workers, sql)).toMatch('QUERY_CAP_EXCEEDED')
  })
})

it('opens connections in UTC that cannot set anything, once the engine is locked', async () => {
  const instance = await DuckDBInstance.create(':memory:')
  const locking = await instance.connect()
  for (const sql of lockStatements({ readableFolder: folder(), spillBytesMax: 1024 * 1024 })) await locking.run(sql)
  const later = await instance.connect()
  const reader = await later.runAndReadAll(`SELECT current_setting('TimeZone')`)
  expect(reader.value(0, 0)).toBe('UTC')
  await expect(later.run(`SET threads = 1`)).rejects.toThrow(/configuration has been locked/)
  later.closeSync()
  locking.closeSync()
  instance.closeSync()
})

describe('closing', () => {
  it('refuses who waits and who comes, and ends a busy worker too', async () => {
    const { workers } = open()
    await expectWorking(workers)
    const busy = outcome(workers, 'SELECT 1 /* spin */')
    const waiting = outcome(workers, 'SELECT 1')
    await setImmediate()
    const closed = workers.close()
    expect(await waiting).toMatch('CLOSED')
    expect(await outcome(workers, 'SELECT 1')).toMatch('CLOSED')
    expect(await busy).toMatch('WORKER_LOST')
    await closed
    await workers.close()
  })

  it('ends workers that are not ready yet', async () => {
    const { workers } = open({ fault: 'never ready' })
    expect(await outcome(workers, 'SELECT 1', { timeoutMs: 50 })).toMatch('NOT_READY')
    await workers.close()
  })

  it('happens to the worker by itself when its parent is killed', async () => {
    const parent = spawn(process.execPath, [new URL('workers-parent.mjs', import.meta.url).pathname, folder()], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    // Both hold the pipe, so it ends with the last of them.
    const ended = once(parent.stderr.resume(), 'close')
    const [line] = await once(parent.stdout, 'data')
    expect(String(line)).toBe('answered 6\n')
    parent.kill('SIGKILL')
    await ended
  })
})

it('is BUSY beyond the statements that may wait', async () => {
  const { workers } = open({ waitingMax: 1 })
  await expectWorking(workers)
  const running = outcome(workers, 'SELECT count(*) FROM range(1_000_000_000_000)', { timeoutMs: 500 })
  const waiting = outcome(workers, 'SELECT 42')
  expect(await outcome(workers, 'SELECT 1')).toMatch('BUSY')
  expect(await running).toMatch('QUERY_TIMEOUT')
  expect(await waiting).toBe('answered 42')
})

it('gives a worker the environment it is given and nothing else', async () => {
  vi.stubEnv('TEST_SECRET', 'canary')
  const { workers } = open({ environment: { ONLY: 'this' } })
  const { rows } = await workers.read(statement('SELECT 1 /* environment */'))
  expect(rows).toContainEqual(['ONLY', 'this'])
  expect(JSON.stringify(rows)).not.toContain('canary')
  vi.unstubAllEnvs()
})
