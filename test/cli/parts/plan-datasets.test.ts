import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { faultsOf } from '../../../cli/parts/plan-datasets.ts'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../../connectors/engine/duckdb-engine.ts'
import type { Dataset, NamedQuery, Table, Panel } from '../../../schemas/declare/dataset.ts'
import { defineDataset } from '../../../schemas/declare/define-dataset.ts'
import { loadDatasets } from '../../../schemas/declare/load-datasets.ts'
import { shop } from '../../exactness/subjects/shop-dataset.ts'

const newest: NamedQuery = {
  description: '',
  sql: 'SELECT id, seen FROM thing WHERE seen > $stream_time::TIMESTAMPTZ - to_milliseconds($window) AND name = $text LIMIT $limit',
  parameters: {
    window: { type: 'duration', description: '', default: '1h' },
    text: { type: 'text', description: '' },
    limit: { type: 'integer', description: '', default: 10 },
  },
}
const list: Panel = {
  kind: 'list',
  page: 'now',
  title: 'Newest',
  note: '',
  feed: 'now',
  answer: 'newest',
  columns: ['id'],
}
const thing: Table = {
  kind: 'latest',
  key: ['id'],
  columns: {
    id: { path: 'id', type: 'BIGINT' },
    seen: { path: 'at', type: 'TIMESTAMPTZ' },
    name: { path: 'name', type: 'VARCHAR' },
  },
}
const right: Dataset = {
  name: 'things',
  topic: 'things',
  description: 'Things.',
  contract: z.object({ id: z.int(), at: z.int().min(0).max(1e12), name: z.string().nullish() }),
  time: { path: 'at', aheadMsMax: 0 },
  tables: { thing },
  queries: { newest },
  feeds: { now: { description: '', answers: { newest: { query: 'newest' } }, parameters: ['text'] } },
  counts: { all: { title: '', table: 'thing', where: 'id > 0', naive: { table: 'thing', where: 'true' } } },
  filters: { text: { label: '', suggest: { query: 'newest', column: 'id' } } },
  panels: [list],
  examples: [{ title: 'All', sql: 'FROM thing' }],
}

let engine: DuckDbEngine
beforeEach(async () => {
  engine = await openDuckDb({ memoryBytesMax: 128 * 1024 * 1024, threads: 1, spillFolder: '' })
})
afterEach(() => engine.close())

const reasonOf = async (changed: Partial<Dataset>) =>
  (await faultsOf(defineDataset({ ...right, ...changed }), engine))[0]?.reason ?? null
const withQuery = (changed: Partial<NamedQuery>) => ({ queries: { newest: { ...newest, ...changed } } })

it('finds no fault where there is none', async () => {
  expect(await reasonOf({})).toBe(null)
})

it.each([...(await loadDatasets()).datasets, shop])('finds no fault in $name', async (dataset) => {
  expect(await faultsOf(dataset, engine)).toEqual([])
})

it.each<[string, Partial<Dataset>, RegExp]>([
  [
    'a column there is not',
    withQuery({ sql: newest.sql.replace('SELECT id', 'SELECT idd') }),
    /^things: the query newest: Binder Error: Referenced column "idd" not found in FROM clause! Candidate bindings: .* \(line 1, column 8\)$/,
  ],
  ...(
    [
      [
        'a column that its row does not have',
        'nam || name',
        /^things: thing\.x: Binder Error: Referenced column "nam"/,
      ],
      ['no SQL', 'name name name', /^things: thing\.x: .*Parser Error/],
      ['the version of its row', '_time', /^things: thing\.x: Binder Error/],
      ['two columns', 'id) AS a, (id', /^things: thing\.x: .*Parser Error/],
    ] as const
  ).map(([fault, sql, reason]): [string, Partial<Dataset>, RegExp] => [
    `a computed column of ${fault}`,
    { tables: { thing: { ...thing, computed: { x: { sql, type: 'VARCHAR' } } } } },
    reason,
  ]),
  ['no SQL', withQuery({ sql: newest.sql.replace('SELECT', 'SELEKT') }), /^things: the query newest: Parser Error/],
  ['two statements', withQuery({ sql: `${newest.sql}; SELECT 1` }), /^things: the query newest: .*2/],
  [
    'a statement that writes',
    withQuery({ sql: `CREATE TABLE t AS ${newest.sql}` }),
    /^things: the query newest: only a SELECT/,
  ],
  [
    'a parameter used as what it is not, once a caller gives it',
    withQuery({ sql: newest.sql.replace('$text', 'epoch_ms($text)::VARCHAR') }),
    /^things: the query newest: Binder Error/,
  ],
  [
    'stream time used as what it is not',
    withQuery({ sql: newest.sql.replace('$stream_time::TIMESTAMPTZ', "date_part('hour', $stream_time)") }),
    /^things: the query newest: Binder Error/,
  ],
  [
    'a default that nobody could give',
    withQuery({
      parameters: { ...newest.parameters, window: { type: 'duration', description: '', default: 'an hour' } },
    }),
    /^things: the query newest: window: expected a duration/,
  ],
  [
    'a feed that fixes what its query does not take',
    {
      feeds: {
        now: {
          description: '',
          answers: { newest: { query: 'newest', parameters: { limit: 'few' } } },
          parameters: ['text'],
        },
      },
    },
    /^things: newest of the feed now: limit: expected an integer/,
  ],
  [
    'a count of what there is not',
    { counts: { all: { title: '', table: 'thing', where: 'ident > 0', naive: { table: 'thing', where: 'true' } } } },
    /^things: the count all: Binder Error: Referenced column "ident"/,
  ],
  [
    'a naive count of what there is not',
    { counts: { all: { title: '', table: 'thing', where: 'true', naive: { table: 'thing', where: 'ident > 0' } } } },
    /^things: the count all: Binder Error: Referenced column "ident"/,
  ],
  [
    'a panel of a column that its answer lacks',
    { panels: [{ ...list, columns: ['id', 'name'] }] },
    /^things: the panel Newest: its answer has no column name, it has id, seen$/,
  ],
  [
    'a filter that suggests a column that its answer lacks',
    { filters: { text: { label: '', suggest: { query: 'newest', column: 'name' } } } },
    /^things: the filter text: its answer has no column name/,
  ],
  [
    'a generator whose default nobody could give',
    {
      generator: {
        description: '',
        parameters: { rate: { type: 'integer', description: '', default: 'fast' } },
        generate: () => [],
      },
    },
    /^things: the generator: rate: expected an integer/,
  ],
  [
    'an example of a table there is not',
    { examples: [{ title: 'All', sql: 'FROM things' }] },
    /^things: the example All: Catalog Error: Table with name things does not exist/,
  ],
])('names the place and what the engine says: %s', async (_name, changed, message) => {
  expect(await reasonOf(changed)).toMatch(message)
})

it('takes a text that only some values of which can be cast', async () => {
  expect(await reasonOf(withQuery({ sql: newest.sql.replace('name = $text', 'id = $text::BIGINT') }))).toBe(null)
})
