import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TimeForm } from '../../../schemas/declare/dataset.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { stageGoodSql, stageSql, streamTimeSql } from '../../../schemas/sql/stage-sql.ts'
import { datasetOf, TestJudge } from '../../oracle/judge.ts'

const received = '2024-01-01T00:00:00'
const receivedMs = Date.parse(`${received}Z`)
const judge = new TestJudge({ receivedMs })

/** Names by their key, whose newest event is the one with the latest time. */
function timedBy(time: z.ZodType, unit?: TimeForm, aheadMsMax = 1000): DefinedDataset {
  return datasetOf(
    z.object({ time, name: z.string() }),
    {
      seen: {
        kind: 'latest',
        key: ['part'],
        columns: { part: { path: '$partition', type: 'INTEGER' }, name: { path: 'name', type: 'VARCHAR' } },
      },
    },
    { path: 'time', aheadMsMax, ...(unit === undefined ? {} : { unit }) },
  )
}

/** Events with these times, as JSON, named by their order. */
const events = (times: readonly string[]) => times.map((time, n) => `{"time":${time},"name":"event ${n}"}`)

async function newest(dataset: DefinedDataset, times: readonly string[]): Promise<unknown> {
  const rows = await judge.rows(dataset, 'seen', events(times))
  return rows.map(({ name }) => name)
}

async function streamTime(dataset: DefinedDataset, times: readonly string[]): Promise<unknown> {
  await judge.rejections(dataset, events(times))
  const [row] = await judge.session.rows(
    `SELECT ${streamTimeSql(dataset)} AS ms FROM (${stageSql(dataset, 'incoming')})`,
  )
  return row?.['ms']
}

const misfit = 'time: expected a time of the years 1970 to 9999'
const ahead = 'time: later than the log received it by more than 1000 ms'

describe("an event's time", () => {
  it.each<[string, DefinedDataset, readonly (readonly [string, string | null])[]]>([
    [
      'in milliseconds',
      timedBy(z.int()),
      [
        ['0', null],
        ['-1', misfit],
        [`${receivedMs + 1000}`, null],
        [`${receivedMs + 1001}`, ahead],
        ['9007199254740991', misfit],
      ],
    ],
    [
      'in seconds',
      timedBy(z.int(), 's'),
      [
        [`${receivedMs / 1000 + 1}`, null],
        [`${receivedMs / 1000 + 2}`, ahead],
        [`${receivedMs}`, misfit],
        ['-1', misfit],
      ],
    ],
    [
      'in fractions of seconds',
      timedBy(z.number(), 's'),
      [
        [`${receivedMs / 1000 + 0.5}`, null],
        [`${receivedMs / 1000 + 1.0011}`, ahead],
        ['1e300', misfit],
      ],
    ],
    [
      'in microseconds',
      timedBy(z.int().min(0), 'us'),
      [
        [`${receivedMs}000`, null],
        [`${receivedMs + 1000}999`, null],
        [`${receivedMs + 1001}000`, ahead],
      ],
    ],
    [
      'as ISO 8601',
      timedBy(z.string()),
      [
        [`"${received}Z"`, null],
        [`"${received}.9-00:00"`, null],
        [`"2024-01-01T01:00:01+01:00"`, null],
        [`"2024-01-01T01:00:01.001+01:00"`, ahead],
        [`"${received}"`, misfit],
        ['"1969-12-31T23:59:59Z"', misfit],
        ['"yesterday"', misfit],
      ],
    ],
    [
      'by the pattern of zod',
      timedBy(z.iso.datetime()),
      [
        [`"${received}Z"`, null],
        ['"2024-01-01"', 'time: expected a text of the format datetime'],
      ],
    ],
  ])('%s is taken, or its event is rejected with a reason', async (_, dataset, cases) => {
    const texts = events(cases.map(([time]) => time))
    const reasons = await judge.rejections(dataset, texts)
    expect(cases.map((_case, n) => reasons.get(n) ?? null)).toEqual(cases.map(([, reason]) => reason))
    const accepted = (statement: string) => `FROM (${statement}) WHERE reason IS NULL`
    const [cheap, careful] = [stageGoodSql(dataset, 'incoming'), stageSql(dataset, 'incoming')].map(accepted)
    expect(await judge.difference(texts, cheap ?? '', careful ?? '')).toEqual([])
    expect(await judge.difference(texts, careful ?? '', cheap ?? '')).toEqual([])
  })

  it('decides which version is the newest, as finely as it is written', async () => {
    expect(await newest(timedBy(z.int(), 'us'), ['1500000000000002', '1500000000000001'])).toEqual(['event 0'])
    expect(await newest(timedBy(z.int(), 's'), ['1500000001', '1500000000'])).toEqual(['event 0'])
    expect(await newest(timedBy(z.number(), 's'), ['1500000000.25', '1500000000.125'])).toEqual(['event 0'])
    const texts = ['"2017-07-14T02:40:00.000002Z"', '"2017-07-14T04:40:00.000001+02:00"']
    expect(await newest(timedBy(z.string()), texts)).toEqual(['event 0'])
  })

  it('makes the stream time in milliseconds, whatever its unit', async () => {
    const at = receivedMs - 5000
    const text = `"${new Date(at).toISOString()}"`
    for (const [dataset, time] of [
      [timedBy(z.int()), String(at)],
      [timedBy(z.int(), 's'), String(at / 1000)],
      [timedBy(z.int(), 'us'), `${at}000`],
      [timedBy(z.string()), text],
    ] as const)
      expect(await streamTime(dataset, [time])).toBe(BigInt(at))
    // No event is newer than the stream, by any part of a millisecond.
    expect(await streamTime(timedBy(z.int(), 'us'), [`${at}001`])).toBe(BigInt(at + 1))
    // A time that is ahead counts as the time of reception, which is a whole millisecond.
    expect(await streamTime(timedBy(z.int(), 'us'), [`${receivedMs + 500}000`])).toBe(BigInt(receivedMs + 1))
  })
})
