import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../../connectors/engine/duckdb-engine.ts'
import { AppError } from '../../../schemas/errors.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import type { ReplicaState } from '../../../schemas/ports/speed-layer.ts'
import { sqlSchemas } from '../../../schemas/sql/sql-schemas.ts'
import { createStateSql, saveStateSql } from '../../../schemas/sql/state-table.ts'
import type { StatementAnswer, TogetherRequest } from '../../../serving/replica/reader.ts'
import { ReplicaReader } from '../../../serving/replica/replica-reader.ts'

const { merged, speedRows } = sqlSchemas('rsvp')
const count = { sql: 'SELECT n FROM events', params: {} }

const request: TogetherRequest = {
  statements: [count],
  view: 'merged',
  dataset: 'rsvp',
  after: new Map(),
  rowsMax: 10,
  bytesMax: 10_000,
  timeoutMs: 10_000,
}

let engine: DuckDbEngine
let reader: ReplicaReader
let arrive: () => Promise<void>
let [generation, attachable, refreshes] = [0, 0, 0]

/** A replica as far as reading it goes: one row, and the state that it is of, changed together. */
beforeAll(async () => {
  engine = await openDuckDb({ memoryBytesMax: 256 * 1024 * 1024, threads: 2, spillFolder: tmpdir() })
  const session = await engine.connect()
  let state = stateAt(0)
  await session.run(`CREATE SCHEMA ${merged}`)
  await session.run(`CREATE SCHEMA ${speedRows}`)
  await session.run(`CREATE TABLE ${merged}.events AS SELECT 0 AS n`)
  await session.run(createStateSql('rsvp', state))
  let events = 0
  arrive = async () => {
    events += 1
    state = stateAt(events)
    await session.run('BEGIN TRANSACTION')
    await session.run(`UPDATE ${merged}.events SET n = ${events}`)
    await session.run(saveStateSql('rsvp', state))
    await session.run('COMMIT')
  }
  reader = new ReplicaReader(engine.instance, [
    {
      dataset: rsvp,
      speed: {
        state: () => ({ ...state, generation }),
        reach: () => Promise.resolve(),
        wake: () => Promise.resolve(),
        receive: () => Promise.resolve(),
        oldestPending: null,
      },
      refresh: async () => {
        refreshes += 1
        generation = attachable
      },
      phase: { kind: 'ready', startEnd: new Map() },
    },
  ])
})

afterAll(() => {
  reader.close()
  engine.close()
})

function stateAt(events: number): ReplicaState {
  return {
    generation: 0,
    tidemark: new Map(),
    lost: new Map(),
    positions: new Map([[0, BigInt(events)]]),
    streamTime: 1_489_926_600_000 + events,
  }
}

describe('answers that are read together', () => {
  it('are of one state, and so is what they stand on', async () => {
    const statements = Array.from({ length: 6 }, () => count)
    const over = new AbortController()
    const arriving = (async () => {
      while (!over.signal.aborted) await arrive()
    })()
    const states = new Set<string>()
    for (let i = 0; i < 40; i += 1) {
      const { answers, asOf } = await reader.readTogether({ ...request, statements })
      const counts = answers.map((answer) => JSON.stringify(rowsOf(answer)[0]?.[0]))
      expect(counts).toEqual(counts.map(() => asOf.datasets['rsvp']?.speed['rsvp/0']))
      states.add(counts.join())
    }
    over.abort()
    await arriving
    expect(states.size).toBeGreaterThan(5)
  })

  it('wait for the generation that is asked for, and say so where there is none', async () => {
    attachable = 3
    const wanted = (of: number) => ({ ...request, timeoutMs: 1000, generations: new Map([['rsvp', of]]) })
    await reader.readTogether(wanted(3))
    await reader.readTogether(wanted(2))
    expect([generation, refreshes]).toEqual([3, 1])
    await expect(reader.readTogether(wanted(4))).rejects.toMatchObject({ code: 'AFTER_NOT_REACHED' })
  })

  it('are given the stream time of that state', async () => {
    const { answers, asOf } = await reader.readTogether({
      ...request,
      statements: [{ sql: 'SELECT $stream_time::VARCHAR AS t', params: {} }, count],
    })
    expect(answers.slice(0, 1).map(rowsOf)).toEqual([[[asOf.datasets['rsvp']?.stream_time]]])
  })

  it('share the cap on bytes, and leave nothing open when one fails', async () => {
    const large = { sql: "SELECT repeat('x', 6000) AS x", params: {} }
    expect((await reader.readTogether({ ...request, statements: [large] })).answers).toHaveLength(1)
    const two = await reader.readTogether({ ...request, statements: [large, large, count] })
    expect(two.answers.map(codeOf)).toEqual([null, 'QUERY_CAP_EXCEEDED', null])
    await arrive()
    const { answers, asOf } = await reader.readTogether(request)
    expect(JSON.stringify(answers.map(rowsOf)[0]?.[0]?.[0])).toBe(asOf.datasets['rsvp']?.speed['rsvp/0'])
  })

  it('share the time', async () => {
    const slow = { sql: 'SELECT count(*) FROM range(20000000000) a', params: {} }
    const { answers } = await reader.readTogether({ ...request, timeoutMs: 2000, statements: [slow, count] })
    expect(answers.map(codeOf)).toEqual(['QUERY_TIMEOUT', null])
  })

  it('fail alone, whatever made them fail, and where all do, the first of them is thrown', async () => {
    const failing = ['SELECT nothing', "SELECT error('no')", "SELECT 'x'::INTEGER"].map((sql) => ({ sql, params: {} }))
    const { answers, asOf } = await reader.readTogether({ ...request, statements: [count, ...failing, count] })
    expect(answers.map(codeOf)).toEqual([null, 'SQL_INVALID', 'SQL_INVALID', 'SQL_INVALID', null])
    const said = answers
      .filter((answer) => codeOf(answer) === null)
      .map((answer) => JSON.stringify(rowsOf(answer)[0]?.[0]))
    expect(said).toEqual(said.map(() => asOf.datasets['rsvp']?.speed['rsvp/0']))
    await expect(reader.readTogether({ ...request, statements: failing })).rejects.toMatchObject({
      code: 'SQL_INVALID',
    })
  })
})

function rowsOf(answer: StatementAnswer) {
  return 'error' in answer ? [] : answer.rows
}

function codeOf(answer: StatementAnswer): string | null {
  return 'error' in answer && answer.error instanceof AppError ? answer.error.code : null
}
