import { expect, it, onTestFinished } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import { isOutOfMemory } from '../../../schemas/ports/engine.ts'
import type { Session } from '../../../schemas/ports/engine.ts'
import { sensor } from '../../../schemas/sensor/dataset.ts'
import { createStagedSql, stageEvents } from '../../../schemas/sql/stage-events.ts'
import { incomingColumns } from '../../../schemas/sql/incoming-records.ts'
import { stageSql } from '../../../schemas/sql/stage-sql.ts'
import { changedSession } from '../../support/changed-session.ts'
import { parsedBytesMax } from '../../../schemas/sql/verdict-sql.ts'

const mebibyte = 1024 * 1024

const reading = { sensor_id: 's', room: 'Atrium', temperature_c: 20, ts: 1 }

/** Readings with something that nobody reads. */
function withMore(count: number, more: string): readonly Buffer[] {
  return Array.from({ length: count }, (_, seq) =>
    Buffer.from(`${JSON.stringify({ ...reading, seq }).slice(0, -1)},${more}}`),
  )
}

const zeros = (bytes: number) => `"wave":[${'0,'.repeat(bytes / 2)}0]`
const text = (bytes: number) => `"note":"${'x'.repeat(bytes)}"`

async function setUp(values: readonly Uint8Array[], memoryBytesMax: number): Promise<Session> {
  const engine = await openDuckDb({ memoryBytesMax, threads: 2, spillFolder: '' })
  onTestFinished(() => engine.close())
  const session = await engine.connect()
  onTestFinished(() => session.close())
  await session.run(`CREATE TEMP TABLE incoming (${incomingColumns(sensor)})`)
  await session.append('incoming', [
    { type: 'INTEGER', cells: values.map(() => 0) },
    { type: 'BIGINT', cells: values.map((_, index) => BigInt(index)) },
    { type: 'BIGINT', cells: values.map(() => 1n) },
    { type: 'BOOLEAN', cells: values.map(() => true) },
    { type: 'BIGINT', cells: values.map(() => 1n) },
    { type: 'BLOB', cells: values },
  ])
  await session.run(createStagedSql(sensor, { source: 'incoming', staged: 'staged' }))
  return session
}

async function reasons(session: Session, recordCount: number): Promise<readonly unknown[]> {
  await stageEvents(session, { dataset: sensor, source: 'incoming', staged: 'staged', recordCount })
  const rows = await session.rows('SELECT reason FROM staged ORDER BY _offset')
  return rows.map(({ reason }) => reason)
}

it.each([
  ['34 dense arrays of 990 kB', withMore(34, zeros(990_000))],
  ['4,000 waveforms of 10 kB', withMore(4000, zeros(10_000))],
  ['45 texts of 990 kB', withMore(45, text(990_000))],
  ['dense arrays among thousands of short events', [...withMore(3000, text(1000)), ...withMore(9, zeros(990_000))]],
  ['two dense arrays of the greatest length', withMore(2, zeros(parsedBytesMax - 200))],
  ['arrays nested a million deep', withMore(2, `"deep":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`)],
])('%s are judged in little memory', async (_, values) => {
  const session = await setUp(values, 256 * mebibyte)
  expect(await reasons(session, values.length)).toEqual(values.map(() => null))
})

it('would be too much for one statement', async () => {
  const session = await setUp(withMore(34, zeros(990_000)), 256 * mebibyte)
  const attempt = session.run(`INSERT INTO staged ${stageSql(sensor, 'incoming')}`)
  expect(isOutOfMemory(await attempt.catch((error: unknown) => error))).toBe(true)
})

it('an event beyond the greatest length is rejected for it and keeps its beginning; the others of its batch are accepted', async () => {
  const [long = Buffer.of()] = withMore(1, text(parsedBytesMax))
  const values = [...withMore(2, text(10)), long]
  const session = await setUp(values, 256 * mebibyte)
  expect(await reasons(session, 3)).toEqual([
    null,
    null,
    expect.stringMatching(
      /^the event: longer than 2097152 bytes.* first 65536 are kept here, all of it in its raw chunk$/,
    ),
  ])
  const [kept] = await session.rows('SELECT value FROM staged WHERE reason IS NOT NULL')
  expect(
    Buffer.compare(Buffer.from(kept?.['value'] instanceof Uint8Array ? kept['value'] : []), long.subarray(0, 65_536)),
  ).toBe(0)
})

it('a piece that runs out of memory is halved until it fits, and decides no verdict', async () => {
  const values = withMore(40, zeros(50_000))
  const session = await setUp(values, 256 * mebibyte)
  const tried: number[] = []
  const narrow = changedSession(session, {
    run: async (sql) => {
      const [found] = await session.rows(`SELECT count(*) AS n FROM (${sql.slice(sql.indexOf('\n'))})`)
      tried.push(Number(found?.['n']))
      if (Number(found?.['n']) > 3) throw new Error('Out of Memory Error: planted')
      await session.run(sql)
    },
  })
  expect(await reasons(narrow, values.length)).toEqual(values.map(() => null))
  expect(Math.max(...tried)).toBe(40)
})

it('short events need one statement, and every event is staged once', async () => {
  const values = withMore(5000, text(10))
  const session = await setUp(values, 256 * mebibyte)
  expect(await reasons(session, values.length)).toHaveLength(5000)
})
