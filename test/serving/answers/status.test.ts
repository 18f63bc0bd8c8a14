import { describe, expect, it } from 'vitest'
import type { FastifyInstance } from 'fastify'
import type { WaitingPart } from '../../../serving/answers/waiting-part.ts'
import { rsvpStatus } from '../../fakes/fake-reader.ts'
import { nothingSeen, setUp } from '../../support/serve-fakes.ts'

function waitingPart(part: string, waitingFor: string): WaitingPart {
  return { part, waitingFor, sinceMs: Date.UTC(2017, 2, 19, 12), failures: 7 }
}

async function readyOf(app: FastifyInstance): Promise<Record<string, number>> {
  const asked = ['', '?part=reads', '?part=events', '?part=sql'].map(
    async (query) => [query, (await app.inject({ url: `/readyz${query}` })).statusCode] as const,
  )
  return Object.fromEntries(await Promise.all(asked))
}

describe('readiness', () => {
  it('is 200 when every dataset is ready, and says what other parts wait for', async () => {
    const { app } = await setUp({ waiting: () => [waitingPart('archive', 'S3 does not answer')] })
    const response = await app.inject({ url: '/readyz' })
    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({
      ready: true,
      sql_ready: true,
      events_ready: true,
      waiting_for: { archive: 'S3 does not answer' },
      failing: [{ part: 'archive', since: '2017-03-19T12:00:00.000Z', failures: 7, reason: 'S3 does not answer' }],
      notes: {},
      memory: null,
    })
  })

  it('stays 200 while events are endangered or lost, and notes it', async () => {
    const { app, reader } = await setUp({
      observed: {
        ...nothingSeen,
        archive: () => ({
          value: new Map([[0, { archived: 1500n, losses: [], lossesFrom: 0n, endangered: 12n }]]),
          seenMs: 0,
        }),
      },
    })
    reader.datasets = [{ ...rsvpStatus, lost: { 'rsvp/0': [['3', '7']] } }]
    const response = await app.inject({ url: '/readyz' })
    expect(response.statusCode).toBe(200)
    expect(response.json()).toMatchObject({
      ready: true,
      waiting_for: {},
      notes: {
        'archive of rsvp': expect.stringMatching(/^rsvp\/0: 12 offsets from 1500 on are not archived/),
        'losses of rsvp': expect.stringMatching(/^rsvp\/0: 4 offsets are lost, .* \(3 to 7\)$/),
      },
    })
    expect((await app.inject({ url: '/v1/status' })).json().notes).toEqual(response.json().notes)
  })

  it('says how much a batch run has read for which a dataset waits, and nothing of it where none waits', async () => {
    const { app, reader } = await setUp({ runs: new Map([['rsvp', 43]]) })
    const waitsFor = async () => (await app.inject({ url: '/v1/status' })).json().waiting_for
    expect(await waitsFor()).not.toHaveProperty('rsvp')
    reader.datasets = [{ ...rsvpStatus, isReady: false, waitingFor: 'a generation of this declaration' }]
    expect(await waitsFor()).toMatchObject({
      rsvp: 'a generation of this declaration; a batch run has read 43 % of the raw chunks',
    })
  })

  it('doubts times in 1970, as doctor does', async () => {
    const { app, reader } = await setUp()
    reader.datasets = [{ ...rsvpStatus, stream_time: '1970-01-18T05:52:06.600Z' }]
    const { datasets } = (await app.inject({ url: '/v1/status' })).json()
    expect(datasets).toMatchObject([
      {
        time_doubt:
          "its newest event is of 1970-01-18: if mtime is in another unit, declare it, as time: { unit: 's' }",
      },
    ])
  })

  it('says what a part and a dataset of the same name wait for', async () => {
    const { app, reader } = await setUp({ waiting: () => [waitingPart('log', 'Kafka does not answer')] })
    reader.datasets = [{ ...rsvpStatus, dataset: 'log', isReady: false, waitingFor: '9 of 10 events' }]
    expect((await app.inject({ url: '/v1/status' })).json().waiting_for).toEqual({
      log: 'Kafka does not answer; 9 of 10 events',
    })
  })

  it('is true for each part by itself: a log that cannot be written leaves questions answered, and no event taken', async () => {
    const { app } = await setUp({ waiting: () => [waitingPart('log', 'No space left on device')] })
    expect(await readyOf(app)).toEqual({ '': 200, '?part=reads': 200, '?part=events': 503, '?part=sql': 200 })
    const refused = (await app.inject({ url: '/readyz?part=events' })).json()
    expect(refused).toMatchObject({ code: 'NOT_READY', detail: 'log: No space left on device', ready: true })
    expect((await app.inject({ url: '/readyz' })).json()).toMatchObject({ events_ready: false, sql_ready: true })
    expect((await app.inject({ url: '/v1/status' })).json()).toMatchObject({ ready: true, events_ready: false })
  })

  it('says that ad-hoc SQL is not ready while its workers end again and again, also between two of their ends', async () => {
    const { app } = await setUp({ waiting: () => [waitingPart('SQL workers', 'the last 5 alike: out of memory')] })
    expect(await readyOf(app)).toEqual({ '': 200, '?part=reads': 200, '?part=events': 200, '?part=sql': 503 })
    expect((await app.inject({ url: '/v1/status' })).json()).toMatchObject({ ready: true, sql_ready: false })
  })

  it('is not true of ad-hoc SQL before its first worker is ready, and says what the workers wait for', async () => {
    const { app, reader, sql } = await setUp()
    sql.datasets = []
    expect(await readyOf(app)).toEqual({ '': 200, '?part=reads': 200, '?part=events': 200, '?part=sql': 503 })
    const sqlWaitsFor = async () => (await app.inject({ url: '/readyz?part=sql' })).json().waiting_for
    expect(await sqlWaitsFor()).toEqual({ 'SQL workers': 'the first SQL worker to be ready' })
    reader.datasets = [{ ...rsvpStatus, isReady: false, waitingFor: 'the log' }]
    expect(await sqlWaitsFor()).toEqual({ rsvp: 'the log', 'SQL workers': 'the datasets, after which they start' })
  })

  it('stays, and names batch runs that fail, since when, how often and why', async () => {
    const { app } = await setUp({ waiting: () => [waitingPart('batch runs of rsvp', 'out of memory')] })
    expect(await readyOf(app)).toEqual({ '': 200, '?part=reads': 200, '?part=events': 200, '?part=sql': 200 })
    for (const url of ['/readyz', '/v1/status'])
      expect((await app.inject({ url })).json().failing).toEqual([
        { part: 'batch runs of rsvp', since: '2017-03-19T12:00:00.000Z', failures: 7, reason: 'out of memory' },
      ])
  })

  it('is asked for parts that there are', async () => {
    const { app } = await setUp()
    expect((await app.inject({ url: '/readyz?part=writes' })).json()).toMatchObject({
      code: 'REQUEST_INVALID',
      detail: 'part is writes; there are reads, events, sql',
    })
  })

  it('is 503 with what is waited for while one is not, and the process lives', async () => {
    const { app, reader } = await setUp()
    reader.datasets = [
      rsvpStatus,
      { ...rsvpStatus, dataset: 'sensor', isReady: false, waitingFor: '120 of 1500 events' },
    ]
    const response = await app.inject({ url: '/readyz' })
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '5'])
    expect(response.json()).toMatchObject({
      code: 'NOT_READY',
      ready: false,
      detail: 'sensor: 120 of 1500 events',
      waiting_for: { sensor: '120 of 1500 events' },
    })
    expect((await app.inject({ url: '/livez' })).json()).toEqual({ live: true })
  })

  it('stays 200 while memory spills to disk, and says so', async () => {
    const memory = { usedBytes: 900, limitBytes: 1000, spilledBytes: 0 }
    let seen = { value: memory, seenMs: 0 }
    const { app, reader } = await setUp({ observed: { ...nothingSeen, memory: () => seen } })
    const before = await app.inject({ url: '/readyz' })
    expect(before.json().memory).toEqual({ used_bytes: 900, limit_bytes: 1000, spilled_bytes: 0, spilling: false })
    seen = { value: { ...memory, spilledBytes: 5000 }, seenMs: 1 }
    const after = await app.inject({ url: '/readyz' })
    expect(after.statusCode).toBe(200)
    expect(after.json()).toMatchObject({ ready: true, memory: { spilled_bytes: 5000, spilling: true } })
    expect((await app.inject({ url: '/v1/status' })).json()).toMatchObject({ memory: { spilled_bytes: 5000 } })
    reader.datasets = [{ ...rsvpStatus, isReady: false, waitingFor: 'the log' }]
    expect((await app.inject({ url: '/readyz' })).json()).toMatchObject({ ready: false, memory: { spilling: true } })
  })

  it('does not hang on the SQL workers, which a hostile statement may cost', async () => {
    const { app, sql } = await setUp()
    sql.datasets = [{ ...rsvpStatus, isReady: false, waitingFor: 'a worker' }]
    expect((await app.inject({ url: '/readyz' })).statusCode).toBe(200)
    expect((await app.inject({ url: '/v1/status' })).json()).toMatchObject({ ready: true, sql_ready: false })
  })
})

describe('the status', () => {
  it('says where every dataset stands', async () => {
    const { app } = await setUp()
    expect((await app.inject({ url: '/v1/status' })).json()).toEqual({
      left_out: [],
      version: '1.2.3',
      started_at: '2017-03-19T12:30:00.000Z',
      uptime_s: 0,
      ready: true,
      sql_ready: true,
      events_ready: true,
      waiting_for: {},
      notes: {},
      failing: [],
      memory: null,
      datasets: [
        {
          dataset: 'rsvp',
          topic: 'rsvp',
          ready: true,
          waiting_for: null,
          generation: 3,
          tidemark: { 'rsvp/0': '1200' },
          speed: { 'rsvp/0': '1541' },
          stream_time: '2017-03-19T12:19:00.000Z',
          time_doubt: null,
          lag_ms: 0,
          start_end: { 'rsvp/0': '1500' },
          log: null,
          archive: null,
        },
      ],
    })
  })

  it('says what the log holds, where the archive ends and what it lost, and how long ago that was seen', async () => {
    const now = 1_489_926_600_000
    const { app } = await setUp({
      now: () => now,
      observed: {
        ...nothingSeen,
        log: () => ({ value: new Map([[0, { firstOffset: 7n, nextOffset: 1550n }]]), seenMs: now - 300 }),
        archive: () => ({
          value: new Map([
            [0, { archived: 1500n, losses: [{ firstOffset: 3n, nextOffset: 7n }], lossesFrom: 0n, endangered: 12n }],
            [1, { archived: 0n, losses: [], lossesFrom: 0n, endangered: 0n }],
          ]),
          seenMs: now - 2000,
        }),
      },
    })
    expect((await app.inject({ url: '/v1/status' })).json().datasets[0]).toMatchObject({
      log: { age_ms: 300, partitions: { 'rsvp/0': { first: '7', next: '1550' } } },
      archive: {
        age_ms: 2000,
        partitions: {
          'rsvp/0': { archived: '1500', losses: [['3', '7']], losses_from: '0', endangered: 12 },
          'rsvp/1': { archived: '0', losses: [], losses_from: '0', endangered: 0 },
        },
      },
    })
  })

  it('lists tables with columns, keys and what they refer to, queries with parameters, and views', async () => {
    const { app } = await setUp()
    const { views, datasets } = (await app.inject({ url: '/v1/datasets' })).json()
    expect(views).toEqual(['merged', 'batch', 'speed'])
    expect(datasets).toMatchObject([{ name: 'rsvp', topic: 'rsvp', events: '/v1/rsvp/events' }])
    expect(datasets[0].tables).toContainEqual({
      name: 'group_topic',
      url: '/v1/rsvp/tables/group_topic',
      kind: 'set',
      key: ['group_id', 'urlkey'],
      columns: [
        { name: 'group_id', type: 'BIGINT' },
        { name: 'urlkey', type: 'VARCHAR' },
      ],
      owner: 'groups',
      references: { urlkey: 'topic.urlkey' },
    })
    expect(datasets[0].tables).toContainEqual(expect.objectContaining({ name: 'member', owner: null, references: {} }))
    expect(datasets[0].queries).toContainEqual(
      expect.objectContaining({
        name: 'yes-by-city',
        url: '/v1/rsvp/queries/yes-by-city',
        parameters: [
          expect.objectContaining({ name: 'country', type: 'text' }),
          expect.objectContaining({ name: 'city', type: 'text' }),
          expect.objectContaining({ name: 'limit', default: 100, minimum: 1, maximum: 10_000 }),
        ],
      }),
    )
  })
})
