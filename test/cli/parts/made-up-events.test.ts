import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { faultsOf } from '../../../cli/parts/plan-datasets.ts'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../../connectors/engine/duckdb-engine.ts'
import type { Table } from '../../../schemas/declare/dataset.ts'
import { explain, loadDatasets } from '../../../schemas/declare/load-datasets.ts'
import { shop } from '../../exactness/subjects/shop-dataset.ts'
import { datasetOf } from '../../oracle/judge.ts'
import { changedSession } from '../../support/changed-session.ts'

const contract = z.object({
  id: z.int(),
  time: z.int().min(0).max(1e12),
  name: z.string(),
  sizes: z.array(z.int()).nullish(),
  of: z.enum(['here', 'away']),
})
const thing = {
  kind: 'latest',
  key: ['id'],
  columns: {
    id: { path: 'id', type: 'BIGINT' },
    name: { path: 'name', type: 'VARCHAR' },
    sizes: { path: 'sizes', type: 'BIGINT[]' },
  },
} as const satisfies Table

let engine: DuckDbEngine
beforeEach(async () => {
  engine = await openDuckDb({ memoryBytesMax: 128 * 1024 * 1024, threads: 1, spillFolder: '' })
})
afterEach(() => engine.close())

/** The engine with sessions that run changed statements. */
function changing(change: (sql: string) => string): DuckDbEngine {
  return {
    ...engine,
    connect: async () => {
      const session = await engine.connect()
      return changedSession(session, {
        run: (sql) => session.run(change(sql)),
        rows: (sql, params) => session.rows(change(sql), params),
      })
    },
  }
}

describe("a dataset whose SQL can be planned is left out, by the engine's error, where made-up events make it fail", () => {
  it.each([
    [
      'list_reduce(sizes, lambda a, b: a + b)',
      'BIGINT',
      'Parameter Not Allowed Error: Cannot perform list_reduce on an empty',
    ],
    ['timezone(name, now())::VARCHAR', 'VARCHAR', 'Not implemented Error: Unknown TimeZone'],
  ] as const)('in a column that is computed by %s', async (sql, type, error) => {
    const dataset = datasetOf(contract, { thing: { ...thing, computed: { x: { sql, type } } } })
    expect((await faultsOf(dataset, engine)).map(explain)).toEqual([
      expect.stringContaining(`made: thing.x: fails for an event that the contract allows: ${error}`),
    ])
  })

  it.each<[string, (sql: string) => string]>([
    ['the cheap verdict', (sql) => sql.replace(/(?<=\n {2}event,)/, ' CAST(event.name AS INTEGER) AS n,')],
    [
      'the careful verdict',
      (sql) => sql.replace('IS NOT NULL THEN fault', 'IS NOT NULL THEN CAST(fault AS INTEGER)::VARCHAR'),
    ],
    ['a fold', (sql) => sql.replaceAll('event."name" AS "name"', 'CAST(event."name" AS INTEGER)::VARCHAR AS "name"')],
    [
      'a hand-over',
      (sql) => sql.replace(/(?<=^DELETE FROM \S+ s WHERE )(?=EXISTS)/, 'CAST(s."name" AS INTEGER) = 1 OR '),
    ],
    ['a merged view', (sql) => sql.replace(/ FROM made\."thing"$/, ', CAST("name" AS INTEGER)$&')],
  ])('in %s', async (_name, change) => {
    const dataset = datasetOf(contract, { thing })
    expect((await faultsOf(dataset, changing(change))).map(explain)).toEqual([
      expect.stringMatching(/^made: the SQL that is derived from its tables cannot run: Conversion Error: /),
    ])
  })
})

/** Its rows are deleted by tombstones alone. */
const deletedByKey = ['$key', '$key.payload.id'].map((id) =>
  datasetOf(contract, { thing: { ...thing, deletes: { tombstones: { id } } } }),
)

it.each([...(await loadDatasets()).datasets, shop, ...deletedByKey])(
  'made-up events have rows in each table of $name',
  async (dataset) => {
    const rows: Record<string, unknown> = {}
    const counting = {
      ...engine,
      connect: async () => {
        const session = await engine.connect()
        return changedSession(session, {
          run: async (sql) => {
            const table = new RegExp(`^SELECT .* FROM ${dataset.name}\\."(.*)"$`).exec(sql)?.[1]
            if (table !== undefined) rows[table] = (await session.rows(`SELECT count(*) AS n FROM (${sql})`))[0]?.['n']
            await session.run(sql)
          },
        })
      },
    }
    expect(await faultsOf(dataset, counting)).toEqual([])
    expect(Object.keys(rows).toSorted()).toEqual(Object.keys(dataset.tables).toSorted())
    expect(Object.entries(rows).filter(([, n]) => n === 0n)).toEqual([])
  },
)
