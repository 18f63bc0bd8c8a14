import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { systemAlarm } from '../../../connectors/waiting/alarm.ts'
import type { ReadRequest } from '../../../serving/replica/reader.ts'
import { SqlWorkers } from '../../../serving/sql/workers.ts'
import type { SqlWorkersOptions } from '../../../serving/sql/workers.ts'
import { requireBuilt } from '../../support/require-built.ts'

const script = fileURLToPath(new URL('worker-main.mjs', import.meta.url))

export type TestWorkers = {
  readonly workers: SqlWorkers
  /** What `onWorkerLost` was told. */
  readonly losses: string[]
  /** Resolves when a worker has been lost. */
  readonly nextLoss: () => Promise<string>
  readonly close: () => Promise<void>
}

/** A folder with two native files of three members each; the second's are others. */
export async function makeWorkerFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  requireBuilt()
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-sql-'))
  await mkdir(join(folder, 'native'))
  await mkdir(join(folder, 'spill'))
  for (const [name, first] of [
    ['first', 1],
    ['second', 101],
  ] as const) {
    const instance = await DuckDBInstance.create(join(folder, 'native', `${name}.duckdb`))
    const connection = await instance.connect()
    await connection.run(
      `CREATE TABLE rows AS SELECT ${first} + range AS member_id, 'member ' || range AS member_name FROM range(3)`,
    )
    connection.closeSync()
    instance.closeSync()
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

export function openSqlWorkers(
  folder: string,
  {
    fault = '',
    environment = {},
    // Later versions of Node reserve half a gibibyte more of what the system counts.
    memoryBytesMax = (process.versions.node.startsWith('20.') ? 700 : 1300) * 1024 * 1024,
    watchedBytesMax = memoryBytesMax,
    isStarted = true,
    ...options
  }: Partial<SqlWorkersOptions> & {
    fault?: string
    isStarted?: boolean
    /** What the worker watches itself, where the system's limit is another. */
    watchedBytesMax?: number
    environment?: Record<string, string>
    memoryBytesMax?: number
  } = {},
): TestWorkers {
  const losses: string[] = []
  const listeners = new Set<(reason: string) => void>()
  const args = ['--folder', folder, '--memory', String(watchedBytesMax), '--fault', fault]
  const workers = new SqlWorkers({
    command: { script, args, environment, memoryBytesMax },
    count: 1,
    waitingMax: 10,
    graceMs: 300,
    restartMs: 10,
    spareMs: 60_000,
    setAlarm: systemAlarm,
    onWorkerLost({ reason }) {
      losses.push(reason)
      for (const listener of listeners) listener(reason)
      listeners.clear()
    },
    ...options,
  })
  if (isStarted) workers.start()
  return {
    workers,
    losses,
    nextLoss: () => new Promise((resolve) => listeners.add(resolve)),
    close: () => workers.close(),
  }
}

export function statement(sql: string, options: Partial<ReadRequest> = {}): ReadRequest {
  return {
    sql,
    params: [],
    view: 'merged',
    dataset: null,
    after: new Map(),
    rowsMax: 10_000,
    bytesMax: 32 * 1024 * 1024,
    timeoutMs: 20_000,
    ...options,
  }
}

/** The error's code and message, or the first cell where it did not fail. */
export async function outcome(workers: SqlWorkers, sql: string, options: Partial<ReadRequest> = {}): Promise<string> {
  try {
    const { rows } = await workers.read(statement(sql, options))
    return `answered ${JSON.stringify(rows[0]?.[0])}`
  } catch (error) {
    if (error instanceof Error && 'code' in error) return `${String(error.code)} ${error.message}`
    throw error
  }
}

/** A folder for the tests of a file, and workers over it that end with each test. To be called at the top of the file. */
export function usingSqlWorkers(): {
  readonly folder: () => string
  readonly open: (options?: Parameters<typeof openSqlWorkers>[1]) => TestWorkers
} {
  let folder = ''
  let remove = async (): Promise<void> => {}
  const opened: TestWorkers[] = []
  beforeAll(async () => {
    ;({ folder, remove } = await makeWorkerFolder())
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((workers) => workers.close()))
  })
  afterAll(() => remove())
  const open = (options: Parameters<typeof openSqlWorkers>[1] = {}): TestWorkers => {
    const workers = openSqlWorkers(folder, options)
    opened.push(workers)
    return workers
  }
  return { folder: () => folder, open }
}

export async function expectWorking(workers: SqlWorkers): Promise<void> {
  expect(await outcome(workers, 'SELECT sum(member_id) FROM rsvp.member')).toBe('answered 6')
}
