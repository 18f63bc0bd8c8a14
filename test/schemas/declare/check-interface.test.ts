import { expect, it } from 'vitest'
import { z } from 'zod'
import { checkInterface } from '../../../schemas/declare/check-interface.ts'
import type { Dataset } from '../../../schemas/declare/dataset.ts'

const right: Dataset = {
  name: 'things',
  topic: 'things',
  description: 'Things.',
  contract: z.object({}),
  time: { path: 'at', aheadMsMax: 0 },
  tables: { thing: { kind: 'latest', key: ['id'], columns: {} } },
  queries: {
    newest: {
      description: 'The newest.',
      sql: 'FROM thing WHERE at > $stream_time AND name LIKE $text LIMIT $limit',
      parameters: { text: { type: 'text', description: '' }, limit: { type: 'integer', description: '' } },
    },
  },
  feeds: {
    now: {
      description: 'Now.',
      answers: { newest: { query: 'newest', parameters: { limit: '1' } } },
      parameters: ['text'],
    },
  },
  counts: { things: { title: 'Things', table: 'thing', where: 'true', naive: { table: 'thing', where: 'true' } } },
  filters: { text: { label: 'Text', suggest: { query: 'newest', column: 'name' } } },
  panels: [{ kind: 'list', page: 'now', title: 'Newest', note: '', feed: 'now', answer: 'newest', columns: ['id'] }],
}
const query = right.queries['newest']
const now = right.feeds['now']

it('takes a declaration whose parts refer to one another', () => {
  checkInterface(right)
})

it.each<[string, Partial<Dataset>, RegExp]>([
  ['a name that is no path', { queries: { 'a b': { description: '', sql: '', parameters: {} } } }, /a b/],
  [
    'a parameter that hides stream time',
    withQuery({ parameters: { stream_time: { type: 'text', description: '' } } }),
    /stream_time/,
  ],
  ['a parameter its SQL does not use', withQuery({ sql: 'SELECT $text' }), /limit/],
  ['SQL that uses what is not declared', withQuery({ sql: 'SELECT $text, $limit, $more' }), /\$more/],
  [
    'a choice without choices',
    withQuery({ sql: 'SELECT $kind', parameters: { kind: { type: 'choice', description: '' } } }),
    /kind/,
  ],
  ['a feed of a query there is not', withFeed({ answers: { newest: { query: 'oldest' } } }), /oldest/],
  [
    'a feed that fixes what its query does not take',
    withFeed({ answers: { newest: { query: 'newest', parameters: { size: '1' } } } }),
    /size/,
  ],
  [
    'a feed that nobody could follow',
    { feeds: { problem: { description: '', answers: {}, parameters: [] } } },
    /problem/,
  ],
  [
    'a feed that is published among the events',
    withFeed({ publish: { topic: 'things', everyMs: 1000 } }),
    /published to things/,
  ],
  ['a feed that is published to a path', withFeed({ publish: { topic: 'a/b', everyMs: 1000 } }), /a\/b/],
  ['a parameter that SQL cannot name', withQuery({ parameters: { 'a-b': { type: 'text', description: '' } } }), /a-b/],
  ['SQL that uses another than it declares', withQuery({ sql: 'SELECT $text, $limit, $limit2' }), /\$limit2/],
  ['a feed with a parameter that none of its answers takes', withFeed({ parameters: ['limit'] }), /limit/],
  [
    'a count of a table there is not',
    { counts: { a: { title: '', table: 'none', where: '', naive: { table: 'thing', where: '' } } } },
    /none/,
  ],
  [
    'a naive count of a table there is not',
    { counts: { a: { title: '', table: 'thing', where: '', naive: { table: 'none', where: '' } } } },
    /none/,
  ],
  ['a filter that no feed takes', { filters: { size: { label: '' } } }, /size/],
  [
    'a filter that suggests from a query that cannot',
    { filters: { text: { label: '', suggest: { query: 'none', column: '' } } } },
    /none/,
  ],
  [
    'a panel of an answer there is not',
    { panels: right.panels.map((panel) => ({ ...panel, answer: 'oldest' })) },
    /oldest/,
  ],
  [
    'a panel that sets a filter there is not',
    {
      panels: [
        {
          kind: 'bars',
          page: 'now',
          title: 'Newest',
          note: '',
          feed: 'now',
          answer: 'newest',
          label: ['name'],
          value: 'id',
          sets: { country: 'name' },
        },
      ],
    },
    /country/,
  ],
])('refuses %s', (_name, changed, message) => {
  expect(() => checkInterface({ ...right, ...changed })).toThrow(message)
})

function withQuery(changed: Partial<Dataset['queries'][string]>): Partial<Dataset> {
  return query === undefined ? {} : { queries: { newest: { ...query, ...changed } } }
}

function withFeed(changed: Partial<Dataset['feeds'][string]>): Partial<Dataset> {
  return now === undefined ? {} : { feeds: { now: { ...now, ...changed } } }
}
