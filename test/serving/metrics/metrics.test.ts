import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../schemas/errors.ts'
import { loadApiKeys } from '../../../serving/http/api-keys.ts'
import { metricFamilies } from '../../../serving/metrics/metric-families.ts'
import { ServiceMetrics } from '../../../serving/metrics/service-metrics.ts'
import { rsvpStatus } from '../../fakes/fake-reader.ts'
import { parseExposition, valueOf } from '../../support/parse-exposition.ts'
import type { Family } from '../../support/parse-exposition.ts'
import { nothingSeen, setUp } from '../../support/serve-fakes.ts'

const now = 1_489_926_600_000

async function scrape(app: FastifyInstance): Promise<ReadonlyMap<string, Family>> {
  const response = await app.inject({ url: '/metrics' })
  expect(response.statusCode).toBe(200)
  return parseExposition(response.body)
}

describe('the exposition', () => {
  it('parses, and exports what is declared, with those labels and nothing else', async () => {
    const metrics = new ServiceMetrics()
    metrics.collectProcess()
    const { app } = await setUp({ metrics })
    const response = await app.inject({ url: '/metrics' })
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const families = parseExposition(response.body)
    const own = [...families].filter(([name]) => name.startsWith('tidemark_'))
    expect(Object.fromEntries(own.map(([name, { type, help }]) => [name, { type, help }]))).toEqual(
      Object.fromEntries(Object.entries(metricFamilies).map(([name, { type, help }]) => [name, { type, help }])),
    )
    for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds'])
      expect(valueOf(families, name)).toBeGreaterThanOrEqual(0)
  })

  it('is refused by a parser where it is broken', () => {
    const good = '# HELP a b\n# TYPE a counter\na{l="x\\"y"} 1\n'
    expect(valueOf(parseExposition(good), 'a', { l: 'x"y' })).toBe(1)
    const faults = [
      [good.trimEnd(), /has no end/],
      [`${good}a{l="x\\"y"} 2\n`, /comes twice/],
      [good + good, /comes twice/],
      [`${good}b 1\n`, /is of no family/],
      [good.replace(' 1', ' one'), /is no sample/],
      [good.replace('counter', 'count'), /a: count/],
    ] as const
    for (const [bad, message] of faults) expect(() => parseExposition(bad)).toThrow(message)
  })

  it('needs a key where others do', async () => {
    const { app } = await setUp({ apiKeys: loadApiKeys('prometheus 0123456789abcdef') })
    expect((await app.inject({ url: '/metrics' })).statusCode).toBe(401)
    const headers = { authorization: 'Bearer 0123456789abcdef' }
    expect((await app.inject({ url: '/metrics', headers })).statusCode).toBe(200)
  })
})

describe('what stands', () => {
  it('is read at every scrape: positions, lag, generation, archive, losses, memory', async () => {
    const metrics = new ServiceMetrics()
    const { app, reader } = await setUp({
      metrics,
      observed: {
        memory: () => ({ value: { usedBytes: 5, limitBytes: 10, spilledBytes: 7 }, seenMs: now }),
        log: () => ({
          value: new Map([
            [0, { firstOffset: 7n, nextOffset: 1550n }],
            [1, { firstOffset: 3n, nextOffset: 9n }],
          ]),
          seenMs: now,
        }),
        archive: () => ({
          value: new Map([
            [0, { archived: 1500n, losses: [{ firstOffset: 3n, nextOffset: 7n }], lossesFrom: 0n, endangered: 40n }],
          ]),
          seenMs: now,
        }),
        rejected: () => ({ value: 11, seenMs: now }),
      },
    })
    reader.datasets = [{ ...rsvpStatus, lag_ms: 250, lost: { 'rsvp/0': [['5', '9']] } }]
    metrics.handedOver('rsvp', { createdMs: now - 90_000, runMs: 1500 })
    const families = await scrape(app)
    const [dataset, partition] = [{ dataset: 'rsvp' }, { dataset: 'rsvp', partition: '0' }]
    const expected = [
      ['tidemark_build_info', { version: '1.2.3' }, 1],
      ['tidemark_ready', dataset, 1],
      ['tidemark_log_end_offset', partition, 1550],
      ['tidemark_speed_offset', partition, 1541],
      ['tidemark_speed_lag_events', partition, 9],
      ['tidemark_speed_lag_events', { ...dataset, partition: '1' }, 6],
      ['tidemark_speed_lag_seconds', dataset, 0.25],
      ['tidemark_stream_time_seconds', dataset, Date.parse('2017-03-19T12:19:00Z') / 1000],
      ['tidemark_offset', partition, 1200],
      ['tidemark_generation', dataset, 3],
      ['tidemark_generation_age_seconds', dataset, 90],
      ['tidemark_generation_run_seconds', dataset, 1.5],
      ['tidemark_archive_offset', partition, 1500],
      ['tidemark_lost_events', partition, 6],
      ['tidemark_endangered_events', partition, 40],
      ['tidemark_rejected_events_total', dataset, 11],
      ['tidemark_engine_memory_bytes', {}, 5],
      ['tidemark_engine_memory_limit_bytes', {}, 10],
      ['tidemark_engine_spilled_bytes', {}, 7],
    ] as const
    expect(expected.map(([name, labels]) => [name, labels, valueOf(families, name, labels)])).toEqual(expected)

    reader.datasets = [{ ...rsvpStatus, isReady: false, speed: { 'rsvp/0': '1560' } }]
    const later = await scrape(app)
    expect(valueOf(later, 'tidemark_ready', dataset)).toBe(0)
    expect(valueOf(later, 'tidemark_speed_lag_events', partition)).toBe(0)
    expect(valueOf(later, 'tidemark_rejected_events_total', dataset)).toBe(11)
  })

  it('has no value before it was seen, rather than 0', async () => {
    const { app, reader } = await setUp({ observed: nothingSeen })
    reader.datasets = [{ ...rsvpStatus, stream_time: null }]
    const families = await scrape(app)
    for (const name of [
      'tidemark_log_end_offset',
      'tidemark_speed_lag_events',
      'tidemark_stream_time_seconds',
      'tidemark_generation_age_seconds',
      'tidemark_rejected_events_total',
      'tidemark_engine_memory_bytes',
    ])
      expect([name, families.get(name)?.samples]).toEqual([name, []])
  })
})

describe('what happens', () => {
  it('counts posted events by verdict, micro-batches and lost workers', async () => {
    const metrics = new ServiceMetrics()
    const { app } = await setUp({ metrics })
    await app.inject({
      method: 'POST',
      url: '/v1/rsvp/events',
      headers: { 'content-type': 'application/x-ndjson' },
      payload: '{}\n{}\nbroken\n',
    })
    metrics.microBatch('rsvp', { records: 20, foldMs: 30 })
    metrics.workerLost()
    const families = await scrape(app)
    expect(valueOf(families, 'tidemark_posted_events_total', { dataset: 'rsvp', verdict: 'accepted' })).toBe(2)
    expect(valueOf(families, 'tidemark_posted_events_total', { dataset: 'rsvp', verdict: 'rejected' })).toBe(1)
    expect(valueOf(families, 'tidemark_micro_batch_events_sum')).toBe(20)
    expect(valueOf(families, 'tidemark_micro_batch_seconds_sum')).toBeCloseTo(0.03)
    expect(valueOf(families, 'tidemark_micro_batch_seconds_bucket', { le: '0.025' })).toBe(0)
    expect(valueOf(families, 'tidemark_micro_batch_seconds_bucket', { le: '0.05' })).toBe(1)
    expect(valueOf(families, 'tidemark_sql_worker_restarts_total')).toBe(1)
  })

  it('measures reads by what they are and how they ended; names that do not exist become no labels', async () => {
    const { app, reader, sql } = await setUp()
    await app.inject({ url: '/v1/rsvp/queries/yes-by-city' })
    await app.inject({ url: '/v1/rsvp/queries/yes-by-city' })
    reader.failNextRead(new AppError('QUERY_TIMEOUT', 'too slow'))
    await app.inject({ url: '/v1/rsvp/queries/yes-by-city' })
    await app.inject({ url: '/v1/rsvp/tables/member' })
    sql.failNextRead(new AppError('SQL_INVALID', 'no such table'))
    await app.inject({
      method: 'POST',
      url: '/v1/sql',
      headers: { 'content-type': 'application/json' },
      payload: '{"sql":"x"}',
    })
    for (const url of [
      '/v1/rsvp/queries/made-up',
      '/v1/rsvp/queries/constructor',
      '/v1/made-up/queries/yes-by-city',
      '/v1/made-up/tables/x',
    ])
      await app.inject({ url })
    const samples = (await scrape(app)).get('tidemark_query_seconds')?.samples ?? []
    const counts = samples.filter(({ name }) => name.endsWith('_count'))
    expect(
      counts.map(({ labels: { route, dataset, query, status }, value }) => [route, dataset, query, status, value]),
    ).toEqual([
      ['queries', 'rsvp', 'yes-by-city', '200', 2],
      ['queries', 'rsvp', 'yes-by-city', '408', 1],
      ['tables', 'rsvp', '', '200', 1],
      ['sql', '', '', '400', 1],
      ['queries', 'rsvp', '', '404', 2],
      ['queries', '', '', '404', 1],
      ['tables', '', '', '404', 1],
    ])
  })
})
