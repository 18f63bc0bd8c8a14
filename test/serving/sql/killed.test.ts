import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { AppError, hasCode } from '../../../schemas/errors.ts'
import { StatementKilled } from '../../../serving/replica/reader.ts'
import { ManualAlarm } from '../../support/manual-alarm.ts'
import { expectWorking, outcome, statement, usingSqlWorkers } from './open-sql-workers.ts'

const { open } = usingSqlWorkers()

describe('a statement that costs a worker', () => {
  it('says so, whatever its code', async () => {
    const { workers } = open({ watchedBytesMax: 300 * 1024 * 1024 })
    const thrown = (sql: string) => workers.read(statement(sql, { timeoutMs: 2_000 })).catch((error: unknown) => error)
    for (const comment of ['spin', 'exit', 'hoard']) {
      // A new worker may take longer to be ready than the statement has time.
      await expectWorking(workers)
      expect(await thrown(`SELECT 1 /* ${comment} */`)).toBeInstanceOf(StatementKilled)
    }
    const gone = new AbortController()
    const left = workers
      .read(statement('SELECT 1 /* spin */', { signal: gone.signal }))
      .catch((error: unknown) => error)
    await setImmediate()
    gone.abort()
    expect(await left).toSatisfy((error) => hasCode(error, 'CLOSED'))
  })

  it('is not one that stops by itself, failed or out of time', async () => {
    // On a busy machine the engine needs a while to stop.
    const { workers } = open({ graceMs: 20_000 })
    for (const sql of ['SELECT nix', 'SELECT count(*) FROM range(1_000_000_000_000)']) {
      const error: unknown = await workers.read(statement(sql, { timeoutMs: 2_000 })).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(AppError)
      expect(error).not.toBeInstanceOf(StatementKilled)
    }
  })

  it('lets a spare be kept, so that the next such one leaves a worker that is ready', async () => {
    const { workers, nextLoss } = open()
    await expectWorking(workers)
    expect(await outcome(workers, 'SELECT 1 /* exit */')).toMatch('WORKER_LOST')
    await vi.waitUntil(() => workers.readyCount === 2, { timeout: 20_000 })
    const lost = nextLoss()
    expect(await outcome(workers, 'SELECT 1 /* exit */')).toMatch('WORKER_LOST')
    await lost
    expect(workers.readyCount).toBe(1)
    await expectWorking(workers)
  })

  it('lets the spare go when there were no more of them for a while', async () => {
    const alarm = new ManualAlarm()
    const { workers, losses } = open({ setAlarm: alarm.set })
    await expectWorking(workers)
    expect(await outcome(workers, 'SELECT 1 /* exit */')).toMatch('WORKER_LOST')
    await vi.waitUntil(() => workers.readyCount === 2, { timeout: 20_000 })
    alarm.ring()
    await vi.waitUntil(() => workers.readyCount === 1, { timeout: 20_000 })
    await expectWorking(workers)
    expect(losses).toHaveLength(1)
  })

  it('holds no place in line for a caller who has gone', async () => {
    const { workers } = open({ waitingMax: 1, fault: 'never ready' })
    const gone = new AbortController()
    const left = outcome(workers, 'SELECT 1', { signal: gone.signal })
    expect(await outcome(workers, 'SELECT 1')).toMatch('BUSY')
    gone.abort()
    expect(await left).toMatch('CLOSED')
    expect(await outcome(workers, 'SELECT 1', { timeoutMs: 50 })).toMatch('NOT_READY')
  })
})
