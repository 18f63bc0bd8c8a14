import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Column, Dataset, SetTable, Table } from '../../../schemas/declare/dataset.ts'
import { defineDataset } from '../../../schemas/declare/define-dataset.ts'

const epochMs = z.int().min(0).max(253_402_300_799_999)

const Contract = z.object({
  id: z.int(),
  at: epochMs,
  far: z.int(),
  name: z.string().nullish(),
  tags: z.array(z.object({ tag: z.string() })).nullish(),
})

const thing: Table = {
  kind: 'latest',
  key: ['id'],
  columns: { id: { path: 'id', type: 'BIGINT' }, name: { path: 'name', type: 'VARCHAR' } },
}

const right: Dataset = {
  name: 'things',
  topic: 'things',
  description: 'Things.',
  contract: Contract,
  time: { path: 'at', aheadMsMax: 1000 },
  tables: { thing },
  queries: {},
  feeds: {},
  counts: {},
  filters: {},
  panels: [],
}

function define(changed: Partial<Dataset>): () => unknown {
  return () => defineDataset({ ...right, ...changed })
}

function withTable(table: Table): () => unknown {
  return define({ tables: { thing, other: table } })
}

function withColumn(name: string, column: Column): () => unknown {
  return withTable({ ...thing, columns: { ...thing.columns, [name]: column } })
}

const tag: SetTable = {
  kind: 'set',
  owner: 'thing',
  array: 'tags',
  key: ['id'],
  distinct: ['tag'],
  columns: { id: { path: 'id', type: 'BIGINT' }, tag: { path: '@.tag', type: 'VARCHAR' } },
}

describe('a declaration', () => {
  it('gives every dataset a table of rejected events', () => {
    expect(Object.keys(defineDataset(right).tables)).toEqual(['thing', 'rejected'])
  })

  it('has a hash that changes with its contract and tables, and with nothing else', () => {
    const { hash } = defineDataset(right)
    expect(defineDataset({ ...right, description: 'Other words.' }).hash).toBe(hash)
    expect(defineDataset({ ...right, contract: Contract.extend({ more: z.string() }) }).hash).not.toBe(hash)
    expect(defineDataset({ ...right, tables: { thing: { ...thing, key: ['id', 'name'] } } }).hash).not.toBe(hash)
    expect(defineDataset({ ...right, time: { path: 'at', aheadMsMax: 2000 } }).hash).not.toBe(hash)
  })

  it('has a hash of what decides verdicts, which changes with its contract and with the fields that are read', () => {
    const { contractHash } = defineDataset(right)
    const other = (changed: Partial<Dataset>) => defineDataset({ ...right, ...changed }).contractHash
    expect(other({ description: 'Other words.' })).toBe(contractHash)
    expect(other({ tables: { thing: { ...thing, key: ['id', 'name'] } } })).toBe(contractHash)
    expect(other({ contract: Contract.extend({ more: z.string() }) })).not.toBe(contractHash)
    expect(other({ time: { path: 'at', aheadMsMax: 2000 } })).not.toBe(contractHash)
    const { id } = thing.columns
    expect(other({ tables: { thing: { ...thing, columns: id === undefined ? {} : { id } } } })).not.toBe(contractHash)
    expect(other({ tables: { thing, tag } })).not.toBe(contractHash)
  })

  it('counts in its owner what a set drops, unless it is declared to', () => {
    const counted = defineDataset({ ...right, tables: { thing, tag } })
    expect(Object.keys(counted.tables['thing']?.columns ?? {})).toEqual(['id', 'name', 'tag_dropped'])
    expect([counted.queries['dropped-elements'], counted.panels.length]).toEqual([expect.anything(), 1])
    const dropping = defineDataset({ ...right, tables: { thing, tag: { ...tag, mayDrop: true } } })
    expect(Object.keys(dropping.tables['thing']?.columns ?? {})).toEqual(['id', 'name'])
    expect([dropping.queries, dropping.feeds, dropping.panels]).toEqual([{}, {}, []])
    expect(dropping.hash).not.toBe(counted.hash)
  })

  it('names the dataset in what it refuses', () => {
    const error = thrownBy(define({ time: { path: 'when', aheadMsMax: 0 } }))
    expect(error).toMatchObject({ code: 'DATASET_FAULTY', message: expect.stringMatching(/^things: time: when /) })
  })

  it.each([
    ['a name that is no plain word', define({ name: 'Things!' }), /name/],
    ['a table that manifests could not list', define({ tables: { ['__proto__']: thing } }), /__proto__/],
    ["one of the store's own names", define({ name: 'manifests' }), /manifests/],
    ['a time that is no number or text', define({ time: { path: 'tags', aheadMsMax: 0 } }), /time: tags must be/],
    ['a time of another form', define({ time: { path: 'at', unit: 'iso', aheadMsMax: 0 } }), /time: at .*iso/],
    ['a time that does not exist', define({ time: { path: 'when', aheadMsMax: 0 } }), /when/],
    [
      'a column the contract does not have',
      withTable({ ...thing, columns: { id: { path: 'ident', type: 'BIGINT' } } }),
      /other\.id.*ident/,
    ],
    [
      'a column of a type the value cannot have',
      withTable({ ...thing, columns: { id: { path: 'name', type: 'DOUBLE' } } }),
      /other\.id: name cannot be DOUBLE, it can be .*VARCHAR/,
    ],
    [
      'a type that there is not',
      withColumn('x', JSON.parse('{"path":"name","type":"TEXT"}')),
      /other\.x: there is no type TEXT: it can be BIGINT/,
    ],
    [
      'a DECIMAL of more digits than there are',
      withColumn('x', { path: 'at', type: 'DECIMAL(39,2)' }),
      /DECIMAL\(39,2\)/,
    ],
    ['a form of a time that is none', withColumn('x', { path: 'at', type: 'BIGINT', from: 's' }), /other\.x: from/],
    [
      'a text in seconds',
      withColumn('x', { path: 'name', type: 'TIMESTAMPTZ', from: 's' }),
      /other\.x: name is a text, so from is iso/,
    ],
    [
      'a number as ISO 8601',
      withColumn('x', { path: 'at', type: 'DATE', from: 'iso' }),
      /other\.x: at is a number, so from is s, ms or us/,
    ],
    [
      'a form of a time that there is not',
      withColumn('x', JSON.parse('{"path":"at","type":"DATE","from":"min"}')),
      /other\.x: from is s, ms, us or iso, min is none of them/,
    ],
    ['a text as JSON', withColumn('x', { path: 'name', type: 'JSON' }), /other\.x: name cannot be JSON/],
    [
      'a key of JSON',
      withTable({ ...thing, key: ['x'], columns: { x: { path: 'tags', type: 'JSON' } } }),
      /other: x is JSON.*key/,
    ],
    [
      'JSON and what is below it',
      define({
        tables: { thing: { ...thing, columns: { ...thing.columns, x: { path: 'tags', type: 'JSON' } } }, tag },
      }),
      /tags: a column takes it as JSON/,
    ],
    ['a key that is no column', withTable({ ...thing, key: ['code'] }), /other.*code/],
    [
      'a column of the record that it does not have',
      withColumn('x', { path: '$foo', type: 'BIGINT' }),
      /other\.x: \$foo/,
    ],
    ['a column of a reason', withColumn('x', { path: '$reason', type: 'VARCHAR' }), /other\.x: \$reason/],
    ['a column that only derives', withColumn('x', { path: '$dropped.tag', type: 'BIGINT' }), /other\.x: \$dropped/],
    [
      'an offset that is no BIGINT',
      withColumn('x', { path: '$offset', type: 'INTEGER' }),
      /other\.x: \$offset.*BIGINT/,
    ],
    ['a partition that is a text', withColumn('x', { path: '$partition', type: 'VARCHAR' }), /other\.x: \$partition/],
    [
      'a time of the record as a text',
      withColumn('x', { path: '$timestamp', type: 'VARCHAR' }),
      /other\.x: \$timestamp/,
    ],
    ['an element where nothing is unnested', withColumn('x', { path: '@.tag', type: 'VARCHAR' }), /other\.x: @\.tag/],
    ["an entry's name where nothing is unnested", withColumn('x', { path: '@key', type: 'VARCHAR' }), /other\.x: @key/],
    [
      "an entry's name of an array",
      withTable({ ...tag, columns: { ...tag.columns, x: { path: '@key', type: 'VARCHAR' } } }),
      /other\.x: @key/,
    ],
    [
      "an element's field without its dot",
      withTable({ ...tag, columns: { ...tag.columns, x: { path: '@tag', type: 'VARCHAR' } } }),
      /other\.x: the contract has no @tag/,
    ],
    ['a column by the name of a version', withColumn('_time', { path: 'at', type: 'BIGINT' }), /other\._time/],
    ['a column without a name', withColumn('', { path: 'at', type: 'BIGINT' }), /other\.:/],
    ['a column with a quote', withColumn('a"b', { path: 'at', type: 'BIGINT' }), /other\.a"b/],
    ['two columns that differ in their case', withColumn('ID', { path: 'at', type: 'BIGINT' }), /other\.ID: id/],
    ['a table with a path', define({ tables: { 'a/b': thing } }), /a\/b/],
    ['a table with capitals', define({ tables: { Thing: thing } }), /Thing/],
    ['a table of bookkeeping', define({ tables: { _state: thing } }), /_state/],
    ["a dataset named by one of SQL's words", define({ name: 'order' }), /order/],
    [
      'a generator by the name of a source',
      define({ name: 'http', generator: { description: '', parameters: {}, generate: () => [] } }),
      /http:\/\/ is a source/,
    ],
    [
      'columns of two fields that differ in their case',
      define({
        contract: Contract.extend({ ID: z.int() }),
        tables: { thing, other: { ...thing, columns: { ...thing.columns, upper: { path: 'ID', type: 'BIGINT' } } } },
      }),
      /ID: .*differ in case/,
    ],
    [
      'columns of two fields of an element that differ in their case',
      define({
        contract: Contract.extend({ tags: z.array(z.object({ tag: z.string(), Tag: z.string() })) }),
        tables: {
          thing,
          tag,
          other: { ...tag, columns: { ...tag.columns, upper: { path: '@.Tag', type: 'VARCHAR' } } },
        },
      }),
      /Tag: .*differ in case/,
    ],
    ['a topic that is a path', define({ topic: '../things' }), /topic \.\.\/things/],
    ['a topic without a name', define({ topic: '' }), /topic/],
    ['a time that may lie any time ahead', define({ time: { path: 'at', aheadMsMax: Number.NaN } }), /aheadMsMax/],
    ['no key', withTable({ ...thing, key: [] }), /other.*key/],
    ['a key that names a column twice', withTable({ ...thing, key: ['id', 'id'] }), /other.*id twice/],
    ['a set that keeps one element of each', withTable({ ...tag, distinct: [] }), /other.*distinct/],
    ['appended rows whose key may repeat', withTable({ ...thing, kind: 'append' }), /other.*\$partition/],
    [
      'appended rows of elements',
      withTable(Object.assign({ ...thing, kind: 'append' as const }, { array: 'tags' })),
      /other.*row for each event/,
    ],
    [
      "a set whose key has another path than its owner's",
      withTable({ ...tag, columns: { ...tag.columns, id: { path: 'at', type: 'BIGINT' } } }),
      /other.*key/,
    ],
    [
      'a column that hides what a set drops',
      define({
        tables: {
          thing: { ...thing, columns: { ...thing.columns, tag_dropped: { path: 'at', type: 'BIGINT' } } },
          tag,
        },
      }),
      /thing\.tag_dropped.*mayDrop/,
    ],
    [
      'a query by the name of a derived one',
      define({ tables: { thing, tag }, queries: { 'dropped-elements': { description: '', sql: '', parameters: {} } } }),
      /dropped-elements/,
    ],
    ['an array that is none', withTable({ ...thing, array: 'name' }), /other.*name/],
    ['a table that every dataset has', define({ tables: { rejected: thing } }), /rejected/],
    ['a set whose owner is not there', withTable({ ...tag, owner: 'nobody' }), /other.*nobody/],
    ['a time that may be missing', define({ contract: Contract.extend({ at: epochMs.optional() }) }), /time: at/],
    ['a time that may be null', define({ contract: Contract.extend({ at: epochMs.nullable() }) }), /time: at/],
    ['a time with a default', define({ contract: Contract.extend({ at: epochMs.default(0) }) }), /time: at/],
    [
      'a time that may be ahead by more than there are times',
      define({ time: { path: 'at', aheadMsMax: Number.MAX_SAFE_INTEGER } }),
      /time: aheadMsMax .* 9007199254740991/,
    ],
    ["a set with another key than its owner's", withTable({ ...tag, key: ['tag'], distinct: ['id'] }), /other.*key/],
  ])('is refused, by its place, with %s', (_name, attempt, message) => {
    expect(attempt).toThrow(message)
  })
})

function thrownBy(attempt: () => unknown): unknown {
  try {
    return attempt()
  } catch (error) {
    return error
  }
}
