import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Dataset, Table } from '../../schemas/dataset.ts'
import { defineDataset } from '../../schemas/define-dataset.ts'

const Contract = z.object({
  id: z.int(),
  at: z.int().min(0).max(253_402_300_799_999),
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

  it.each([
    ['a name that is no plain word', define({ name: 'Things!' }), /name/],
    ['a table that manifests could not list', define({ tables: { ['__proto__']: thing } }), /__proto__/],
    ["one of the store's own names", define({ name: 'manifests' }), /manifests/],
    ['a time that may be before 1970', define({ time: { path: 'far', aheadMsMax: 0 } }), /far/],
    ['a time that does not exist', define({ time: { path: 'when', aheadMsMax: 0 } }), /when/],
    [
      'a column the contract does not have',
      withTable({ ...thing, columns: { id: { path: 'ident', type: 'BIGINT' } } }),
      /other\.id.*ident/,
    ],
    [
      'a column of a type the value cannot have',
      withTable({ ...thing, columns: { id: { path: 'name', type: 'BIGINT' } } }),
      /other\.id.*BIGINT/,
    ],
    [
      'a time column beyond the year 9999',
      withTable({ ...thing, columns: { id: { path: 'far', type: 'TIMESTAMPTZ' } } }),
      /other\.id.*9999/,
    ],
    ['a key that is no column', withTable({ ...thing, key: ['code'] }), /other.*code/],
    ['an array that is none', withTable({ ...thing, array: 'name' }), /other.*name/],
    ['a table that every dataset has', define({ tables: { rejected: thing } }), /rejected/],
    [
      'a set whose owner is not there',
      withTable({
        kind: 'set',
        owner: 'nobody',
        array: 'tags',
        key: ['id'],
        distinct: ['tag'],
        columns: { id: { path: 'id', type: 'BIGINT' }, tag: { path: '@.tag', type: 'VARCHAR' } },
      }),
      /other.*nobody/,
    ],
    [
      "a set with another key than its owner's",
      withTable({
        kind: 'set',
        owner: 'thing',
        array: 'tags',
        key: ['tag'],
        distinct: ['tag'],
        columns: { id: { path: 'id', type: 'BIGINT' }, tag: { path: '@.tag', type: 'VARCHAR' } },
      }),
      /other.*key/,
    ],
    [
      'an optional field that may not be null',
      define({ contract: Contract.extend({ maybe: z.string().optional() }) }),
      /maybe/,
    ],
    [
      'a field that may be null but not missing',
      define({ contract: Contract.extend({ maybe: z.string().nullable() }) }),
      /maybe/,
    ],
  ])('is refused, by its place, with %s', (_name, attempt, message) => {
    expect(attempt).toThrow(message)
  })
})
