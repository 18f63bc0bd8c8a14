import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { stageByVerdicts } from '../../batch/stored-verdicts.ts'
import type { Table } from '../../schemas/declare/dataset.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { MemoryStore } from '../fakes/memory-store.ts'
import { arbitraryContract } from '../oracle/arbitrary/contract.ts'
import { arbitraryJsonTexts } from '../oracle/arbitrary/json.ts'
import { datasetOf, TestJudge } from '../oracle/judge.ts'
import { recordedLines } from '../oracle/recording.ts'
import { sentParts } from '../oracle/recount.ts'
import type { Sent } from '../oracle/recount.ts'
import { throwBriefly } from '../oracle/throw-briefly.ts'

const judge = new TestJudge()
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-verdicts-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Stages texts twice: once by judging them, once by the verdict that judging has left. Expects the same rows. */
async function expectSameRows(dataset: DefinedDataset, texts: readonly Sent[], timeMs: number): Promise<number> {
  const sent = texts.map(sentParts)
  const { session } = judge
  const path = join(folder, 'chunk.parquet')
  await session.run('TRUNCATE incoming')
  await session.append('incoming', [
    { type: 'INTEGER', cells: texts.map(() => 0) },
    { type: 'BIGINT', cells: texts.map((_, index) => BigInt(index)) },
    { type: 'BIGINT', cells: texts.map(() => BigInt(timeMs)) },
    { type: 'BOOLEAN', cells: texts.map((_, index) => index % 2 === 0) },
    { type: 'BIGINT', cells: texts.map((_, index) => BigInt(timeMs + index)) },
    { type: 'BLOB', cells: sent.map(({ value }) => value) },
    { type: 'BLOB', cells: sent.map(({ key }) => key) },
  ])
  await session.run(`COPY incoming TO '${path}' (FORMAT parquet)`)
  const range = { firstOffset: 0n, nextOffset: BigInt(texts.length), gaps: [], losses: [] }
  const footer = { ...range, topic: dataset.topic, partition: 0, logIdentity: 'log', digest: 'digest' }
  const store = new MemoryStore()
  const unusable: string[] = []
  const onUnusable = (message: string) => void unusable.push(message)
  const stage = stageByVerdicts({ dataset, store, workFolder: folder, readAtMs: 0, onUnusable })
  for (const staged of ['judged', 'known']) await stage(session, staged, [{ path, footer }])
  const [judged, known] = ['judged', 'known'].map((name) => `SELECT COLUMNS(*)::VARCHAR FROM ${name}`)
  expect(await session.rows(`(${judged} EXCEPT ALL ${known}) UNION ALL (${known} EXCEPT ALL ${judged})`)).toEqual([])
  expect([store.keys().length, unusable]).toEqual([1, []])
  const [counted] = await session.rows('SELECT count(*) FILTER (reason IS NULL) AS n FROM known')
  return Number(counted?.['n'])
}

it('events read from a verdict are those that judging parsed: of the recording', async () => {
  expect(await expectSameRows(rsvp, recordedLines(), 1_489_930_000_000)).toBe(1541)
})

it('events read from a verdict are those that judging parsed: of everything that JSON.stringify can produce', async () => {
  const batches = fc.array(arbitraryJsonTexts, { minLength: 200, maxLength: 300 })
  const run = await fc.check(
    fc.asyncProperty(batches, async (texts) => {
      const values = texts.map((text) => Buffer.from(text))
      await expectSameRows(rsvp, values, 1_489_930_000_000)
    }),
    { numRuns: 10, endOnFailure: true },
  )
  throwBriefly(run)
})

it('events read from a verdict are those that judging parsed: of random contracts', async () => {
  const cases = arbitraryContract.chain(({ schema, values }) =>
    fc.record({ schema: fc.constant(schema), values: fc.array(values, { minLength: 40, maxLength: 40 }) }),
  )
  const run = await fc.check(
    fc.asyncProperty(cases, async ({ schema, values }) => {
      const dataset = datasetOf(z.object({ time: z.int().min(0).max(1_000_000), body: schema }))
      const texts = values.map((body) => Buffer.from(JSON.stringify({ time: 1, body })))
      await expectSameRows(dataset, texts, 1)
    }),
    { numRuns: 30, endOnFailure: true },
  )
  throwBriefly(run)
})

const columns = { time: { path: 'time', type: 'BIGINT' } } as const
const unlike: Table = {
  kind: 'latest',
  key: ['time'],
  columns: {
    ...columns,
    size: { path: 'size', type: 'DOUBLE' },
    odd: { path: 'a "b"', type: 'VARCHAR' },
    is: { path: 'is', type: 'BOOLEAN' },
  },
}
const ofEntries: Table = {
  kind: 'set',
  owner: 'unlike',
  mayDrop: true,
  key: ['time'],
  entries: 'parts',
  distinct: ['name'],
  columns: { ...columns, name: { path: '@key', type: 'VARCHAR' }, n: { path: '@.n', type: 'DOUBLE' } },
}
const ofAnything: Table = { kind: 'latest', key: ['time'], array: 'more', columns }

it('events read from a verdict are those that judging parsed: odd names, values and texts that readers take differently', async () => {
  const contract = z.object({
    time: z.int().min(0).max(1_000_000),
    size: z.number().optional(),
    'a "b"': z.string().optional(),
    is: z.boolean().nullish(),
    parts: z.record(z.string(), z.object({ n: z.number().nullish() })).optional(),
    more: z.array(z.unknown()).optional(),
  })
  const texts = [
    '{"time":1,"size":-0,"is":null}',
    '{"time":2,"size":-0.0,"is":true,}',
    '{"time":3,"size":9007199254740993,"time":4}',
    '{"time":5,"size":0.1000000000000000055511151231257827021181583404541015625}',
    String.raw`{"time":6,"a \"b\"":"a\"\\\u0000\u001fé😀"}`,
    '{"time":7,"parts":{"b":{"n":1},"a":{},"b":{"n":3},"":{"n":null}}}',
    '{"time":8,"parts":{},"more":[]}',
    String.raw`{"time":9,"more":[{"a":1,"a":[NaN,]},2,null,"\ud800"]}`,
  ]
  const tables = { unlike, ofentries: ofEntries, ofanything: ofAnything }
  const values = texts.map((text) => Buffer.from(text))
  expect(await expectSameRows(datasetOf(contract, tables), values, 10_000)).toBe(texts.length)
})

it('a verdict has room for its digest behind four hundred columns', async () => {
  const names = Array.from({ length: 400 }, (_, index) => `field${index}`)
  const contract = z.object({
    time: z.int().min(0).max(1_000_000),
    ...Object.fromEntries(names.map((name) => [name, z.string().optional()])),
  })
  const read = Object.fromEntries(names.map((name) => [name, { path: name, type: 'VARCHAR' } as const]))
  const dataset = datasetOf(contract, { wide: { kind: 'latest', key: ['time'], columns: { ...columns, ...read } } })
  expect(await expectSameRows(dataset, [Buffer.from('{"time":1,"field399":"x"}')], 10)).toBe(1)
})

it('tombstones read from a verdict are those that judging read', async () => {
  const deletedBy = (path: string): Table => ({
    kind: 'latest',
    key: ['size'],
    columns: { size: { path: 'size', type: 'DOUBLE' } },
    deletes: { tombstones: { size: path } },
  })
  const contract = z.object({ time: z.int().min(0).max(1_000_000), size: z.number() })
  const dataset = datasetOf(contract, { one: deletedBy('$key.one'), two: deletedBy('$key.two') })
  const keys = ['{"one":-0.0,"two":0}', '{"one":0.1,"two":1e300}', '{"one":1}', '{"one":1,"two":"2"}', 'no', null]
  const sent = keys.map((key) => ({ key: key === null ? null : Buffer.from(key) }))
  expect(await expectSameRows(dataset, [Buffer.from('{"time":1,"size":-0}'), ...sent], 10)).toBe(3)
})
