import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { openDuckDb } from '../../connectors/duckdb-engine.ts'
import type { DuckDbEngine } from '../../connectors/duckdb-engine.ts'
import type { Session } from '../../schemas/engine.ts'
import { defineDataset } from '../../schemas/define-dataset.ts'
import type { DefinedDataset } from '../../schemas/define-dataset.ts'
import { incomingColumns, rejectionsSql } from '../../schemas/stage-sql.ts'
import { arbitraryContract } from '../oracle/arbitrary-contract.ts'
import { throwBriefly } from '../oracle/throw-briefly.ts'

let engine: DuckDbEngine
let session: Session

beforeAll(async () => {
  engine = await openDuckDb({ memoryBytesMax: 1_000_000_000, threads: 1, spillFolder: '' })
  session = await engine.connect()
  await session.run(`CREATE TEMP TABLE incoming (${incomingColumns})`)
})

afterAll(() => {
  session.close()
  engine.close()
})

it('the verdict on any event under any contract is what zod says, of all that JSON.stringify can write', async () => {
  const cases = arbitraryContract.chain(({ schema, values }) =>
    fc.record({ schema: fc.constant(schema), values: fc.array(values, { minLength: 60, maxLength: 60 }) }),
  )
  const counts = { accepted: 0, rejected: 0 }
  const run = await fc.check(
    fc.asyncProperty(cases, async ({ schema, values }) => {
      const contract = z.object({ time: z.int().min(0).max(1_000_000), body: schema })
      const texts = values.map((body) => JSON.stringify({ time: 1, body }))
      const reasons = await rejections(datasetOf(contract), texts)
      const disagreed = texts.flatMap((text, index) => {
        const judged = contract.safeParse(JSON.parse(text))
        counts[judged.success ? 'accepted' : 'rejected'] += 1
        if (judged.success === !reasons.has(index)) return []
        return [{ text, reason: reasons.get(index), zod: judged.error?.issues }]
      })
      expect(disagreed).toEqual([])
    }),
    { numRuns: process.env['CI'] === 'true' ? 400 : 60, endOnFailure: true },
  )
  throwBriefly(run)
  // Neither side may win by saying the same of everything.
  expect(Math.min(counts.accepted, counts.rejected)).toBeGreaterThan(400)
})

function datasetOf(contract: z.ZodType): DefinedDataset {
  return defineDataset({
    name: 'random',
    topic: 'random',
    description: 'A contract made up.',
    contract,
    time: { path: 'time', aheadMsMax: 0 },
    tables: { seen: { kind: 'latest', key: ['at'], columns: { at: { path: 'time', type: 'BIGINT' } } } },
    queries: {},
    feeds: {},
    counts: {},
    filters: {},
    panels: [],
  })
}

async function rejections(dataset: DefinedDataset, texts: readonly string[]): Promise<ReadonlyMap<number, string>> {
  await session.run('TRUNCATE incoming')
  await session.append('incoming', [
    { type: 'INTEGER', cells: texts.map(() => 0) },
    { type: 'BIGINT', cells: texts.map((_, index) => BigInt(index)) },
    { type: 'BIGINT', cells: texts.map(() => 1n) },
    { type: 'BLOB', cells: texts.map((text) => Buffer.from(text)) },
  ])
  const rows = await session.rows(rejectionsSql(dataset, 'incoming'))
  return new Map(rows.map(({ index, reason }) => [Number(index), String(reason)]))
}
