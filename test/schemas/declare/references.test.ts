import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { AppendTable, Dataset, LatestTable, SetTable, Table } from '../../../schemas/declare/dataset.ts'
import { defineDataset } from '../../../schemas/declare/define-dataset.ts'

const line: LatestTable = {
  kind: 'latest',
  key: ['line'],
  columns: { line: { path: 'line', type: 'VARCHAR' }, length: { path: 'at', type: 'BIGINT' } },
}

const stop: LatestTable = {
  kind: 'latest',
  key: ['stop'],
  columns: { stop: { path: 'stop', type: 'BIGINT' }, line: { path: 'line', type: 'VARCHAR' } },
}

const call: LatestTable = {
  kind: 'latest',
  key: ['stop', 'at'],
  columns: { stop: { path: 'stop', type: 'BIGINT' }, at: { path: 'at', type: 'TIMESTAMPTZ' } },
}

const exit: SetTable = {
  kind: 'set',
  owner: 'stop',
  array: 'exits',
  key: ['stop'],
  distinct: ['street'],
  mayDrop: true,
  columns: { stop: { path: 'stop', type: 'BIGINT' }, street: { path: '@.street', type: 'VARCHAR' } },
}

const arrival: AppendTable = {
  kind: 'append',
  key: ['log_partition', 'log_offset'],
  columns: {
    log_partition: { path: '$partition', type: 'INTEGER' },
    log_offset: { path: '$offset', type: 'BIGINT' },
    stop: { path: 'stop', type: 'BIGINT' },
  },
}

const tables = { line, stop, call, exit, arrival }

function define(changed: Readonly<Record<string, Table>> = {}, more: Partial<Dataset> = {}) {
  return defineDataset({
    name: 'trams',
    topic: 'trams',
    description: 'Trams at stops.',
    contract: z.object({
      line: z.string(),
      stop: z.int(),
      at: z.int().min(0).max(1e12),
      exits: z.array(z.object({ street: z.string() })),
    }),
    time: { path: 'at', aheadMsMax: 0 },
    tables: { ...tables, ...changed },
    queries: {},
    feeds: {},
    counts: {},
    filters: {},
    panels: [],
    ...more,
  })
}

function refer(table: Table, references: Readonly<Record<string, string>>): Table {
  return { ...table, references }
}

describe('references', () => {
  it('add a query, a feed and a list on the page of quality, which are not there without', () => {
    const { queries, feeds, panels } = define({ stop: refer(stop, { line: 'line.line' }) })
    expect([Object.keys(queries), Object.keys(feeds)]).toEqual([['broken-references'], ['broken-references']])
    expect(panels).toMatchObject([{ kind: 'list', page: 'quality', feed: 'broken-references' }])
    const without = define()
    expect([without.queries, without.feeds, without.panels]).toEqual([{}, {}, []])
  })

  it('are no part of what a generation was made by: to add one rebuilds nothing', () => {
    const without = define()
    const referring = define({
      stop: refer(stop, { line: 'line.line' }),
      call: refer(call, { stop: 'stop.stop' }),
      exit: refer(exit, { street: 'line.line' }),
      arrival: refer(arrival, { stop: 'stop.stop' }),
    })
    expect(referring.tables['exit']).toMatchObject({ references: { street: 'line.line' } })
    expect([referring.hash, referring.contractHash]).toEqual([without.hash, without.contractHash])
    expect(define({ stop: { ...stop, key: ['stop', 'line'] }, exit: arrival }).hash).not.toBe(without.hash)
  })

  it('may lead from any kind of table to a latest one, to its own table, and in circles', () => {
    const next: LatestTable = { ...stop, columns: { ...stop.columns, next: { path: 'at', type: 'BIGINT' } } }
    const sql =
      define({
        line: refer(
          { ...line, columns: { ...line.columns, first: { path: 'stop', type: 'BIGINT' } } },
          { first: 'stop.stop' },
        ),
        stop: refer(next, { line: 'line.line', next: 'stop.stop' }),
        exit: refer(exit, { street: 'line.line' }),
        arrival: refer(arrival, { stop: 'stop.stop' }),
      }).queries['broken-references']?.sql ?? ''
    for (const column of ['line.first', 'stop.line', 'stop.next', 'exit.street', 'arrival.stop'])
      expect(sql).toContain(`'${column}'`)
  })

  it.each<[string, Readonly<Record<string, Table>>, RegExp]>([
    ['from no column', { stop: refer(stop, { Line: 'line.line' }) }, /stop: .*Line.*stop, line$/],
    ['from a column that every object has', { stop: refer(stop, { constructor: 'line.line' }) }, /stop: .*constructor/],
    ['to a table alone', { stop: refer(stop, { line: 'line' }) }, /stop\.line: .*write 'table\.column'$/],
    ['to nothing', { stop: refer(stop, { line: '' }) }, /stop\.line: .*write 'table\.column'$/],
    ['to no table', { stop: refer(stop, { line: 'route.line' }) }, /stop\.line: .*no such table.*line, stop, call$/],
    ['to what every object has', { stop: refer(stop, { line: 'constructor.name' }) }, /no such table/],
    ['to rejected events', { stop: refer(stop, { line: 'rejected.reason' }) }, /no such table/],
    ['to no column', { stop: refer(stop, { line: 'line.name' }) }, /no such column.*write 'line\.line'$/],
    ['to a name of three parts', { stop: refer(stop, { line: 'line.line.line' }) }, /write 'line\.line'$/],
    ['to a column that is no key', { call: refer(call, { stop: 'line.length' }) }, /not the key.*write 'line\.line'$/],
    ['to a part of a key', { arrival: refer(arrival, { stop: 'call.stop' }) }, /stop and at together.*leave/],
    ['to a set', { call: refer(call, { stop: 'exit.stop' }) }, /exit is a set.*write 'stop\.stop'$/],
    ['to appended rows', { call: refer(call, { stop: 'arrival.log_offset' }) }, /arrival has a row for each event/],
    ['to another type', { call: refer(call, { stop: 'line.line' }) }, /it is BIGINT and the key is VARCHAR/],
    ['to itself', { stop: refer(stop, { stop: 'stop.stop' }) }, /the column itself/],
    ['from a set to its owner', { exit: refer(exit, { stop: 'stop.stop' }) }, /stop is the owner of the set exit/],
    ["from the log's record", { arrival: refer(arrival, { log_offset: 'stop.stop' }) }, /the log's record/],
  ])('are refused %s, by their place, with what to write instead', (_name, changed, message) => {
    expect(() => define(changed)).toThrow(message)
  })

  it.each(['queries', 'feeds'] as const)('leave no room for %s by the name of the derived one', (kind) => {
    const named = { query: { description: '', sql: 'SELECT 1 AS n', parameters: {} } }
    const more = {
      queries: { queries: { 'broken-references': named.query }, feeds: {} },
      feeds: {
        queries: named,
        feeds: { 'broken-references': { description: '', answers: { a: { query: 'query' } }, parameters: [] } },
      },
    }[kind]
    expect(() => define({ stop: refer(stop, { line: 'line.line' }) }, more)).toThrow(/broken-references is derived/)
    expect(() => define({}, more)).not.toThrow()
  })
})
