import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OwnersFolder, ownedModule } from '../../support/owned-datasets.ts'
import { Tidemark } from '../run-tidemark.ts'

let tidemark: Tidemark
let owner: OwnersFolder
beforeEach(async () => {
  tidemark = await Tidemark.open()
  owner = await OwnersFolder.open()
})
afterEach(async () => {
  await tidemark.close()
  await owner.remove()
})

const write = async (changed = '') => await owner.write('shop/dataset.ts', ownedModule('shop', changed))
const check = async (...args: readonly string[]) => await tidemark.run('check', join(owner.path, 'shop'), ...args)

describe('tidemark check', () => {
  it('finds nothing in what can run, by default in what --datasets chooses', async () => {
    const { code, stdout } = await tidemark.run('check', '--datasets', 'rsvp,sensor')
    expect(stdout).toBe(
      ['rsvp', 'sensor'].map((name) => `${name}: everything in it can run\n  there is no store yet\n`).join(''),
    )
    expect(code).toBe(0)
    expect(await tidemark.run('check', '--datasets', ',')).toMatchObject({ code: 2, stdout: '' })
    expect((await tidemark.run('check', 'sensor')).stdout).toMatch(/^sensor: [^]*yet\n$/)
  })

  it('names every faulty statement once, with its place, and not what only uses it', async () => {
    await write(`queries: {
      first: { description: '', sql: 'SELECT ident FROM thing', parameters: {} },
      second: { description: '', sql: 'SELECT id\\nFROM thin', parameters: {} },
    },
    feeds: { now: { description: '', answers: { all: { query: 'first' } }, parameters: [] } },
    examples: [{ title: 'Third', sql: 'SELEKT 1' }]`)
    const { code, stdout } = await check()
    expect(stdout.split('\n').slice(0, -2)).toEqual([
      expect.stringMatching(/^shop: the query first: Binder Error: Referenced column "ident" .*\(line 1, column 8\)$/),
      expect.stringMatching(/^shop: the query second: Catalog Error: Table with name thin .*\(line 2, column 6\)$/),
      expect.stringMatching(/^shop: the example Third: Parser Error: syntax error at or near "SELEKT".*$/),
    ])
    expect(code).toBe(1)
    expect(JSON.parse((await check('--json')).stdout)).toMatchObject({
      ok: false,
      datasets: [{ dataset: 'shop', problems: stdout.split('\n').slice(0, -2) }],
    })
  })

  it('names the file of a faulty query, with the line and column there, as compilers do', async () => {
    await owner.write('shop/queries/ids.sql', '-- All of them.\n')
    await owner.write('shop/queries/newest.sql', '-- The newest.\nSELECT id\nFROM thing ORDER BY ident\n')
    await owner.write('shop/queries/two.sql', 'SELECT 1; SELECT 2')
    const module = ownedModule(
      'shop',
      `queries: {
        newest: { description: '', sql: ['ids', 'newest'].map((each) => loadSql(import.meta.url, 'queries/' + each + '.sql')).join(''), parameters: {} },
        two: { description: '', sql: loadSql(import.meta.url, 'queries/two.sql'), parameters: {} },
      }`,
    )
    await owner.write('shop/dataset.ts', module.replace('{ defineDataset }', '{ defineDataset, loadSql }'))
    const { code, stdout } = await check()
    const folder = join(owner.path, 'shop/queries')
    expect(stdout.split('\n').slice(0, -2)).toEqual([
      expect.stringMatching(/^shop: the query newest: Binder Error: .*"ident".* \(line 4, column 21\): /),
      `shop: the query two: expected one statement, got 2: ${folder}/two.sql`,
    ])
    expect(stdout).toContain(`(line 4, column 21): ${folder}/newest.sql:3:21\n`)
    expect(code).toBe(1)
  })

  it('names a column that can be planned and fails for an event that the contract allows', async () => {
    await write(`contract: z.object({ id: z.int(), at: z.int().min(0).max(1e12), sizes: z.array(z.int()) }),
    tables: { thing: { kind: 'latest', key: ['id'],
      columns: { id: { path: 'id', type: 'BIGINT' }, sizes: { path: 'sizes', type: 'BIGINT[]' } },
      computed: { all: { sql: 'list_reduce(sizes, lambda a, b: a + b)', type: 'BIGINT' } },
    } }`)
    const { code, stdout } = await check()
    expect(stdout).toMatch(
      /^shop: thing\.all: fails for an event that the contract allows: Parameter Not Allowed Error: /,
    )
    expect(code).toBe(1)
  })

  it('names the line of a module that does not load, the column of a table, and goes on with the others', async () => {
    const broken = await owner.write('broken/dataset.ts', `const a = 1\nthrow new Error('no database')`)
    await write(`tables: { thing: { kind: 'latest', key: ['id'], columns: { id: { path: 'idd', type: 'BIGINT' } } } }`)
    const { code, stdout } = await tidemark.run('check', join(owner.path, 'broken'), join(owner.path, 'shop'), 'sensor')
    expect(stdout).toContain(`broken: its module dataset.ts cannot be imported: no database (${broken}:2)\n`)
    expect(stdout).toContain('shop: thing.id: the contract has no idd\n')
    expect(stdout).toContain('sensor: everything in it can run\n')
    expect(code).toBe(1)
    expect(await tidemark.run('check', './nowhere')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^nowhere: there is no such folder/),
    })
  })

  it('says what the next batch run does to what is stored, and changes nothing of it', async () => {
    await tidemark.oneGeneration()
    expect((await tidemark.run('check', 'rsvp')).stdout).toBe(
      'rsvp: everything in it can run\n  generation 1 was made by this declaration, and stays\n',
    )
    await owner.write('rsvp/dataset.ts', ownedModule('rsvp'))
    const changed = await tidemark.run('check', join(owner.path, 'rsvp'))
    expect(changed.stdout).toMatch(
      /\n {2}generation 1 was made by another declaration: the next batch run makes one of this beside it from 1 raw chunk \(.*, 4 events\), each event is judged again; /,
    )
    expect(changed.code).toBe(0)
    expect(await tidemark.json('check', join(owner.path, 'rsvp'), '--json')).toMatchObject({
      datasets: [{ stored: { generation: 1, is_rebuild: true, is_judged_again: true, raw_chunks: 1, events: '4' } }],
    })
    expect(await tidemark.json('status', '--dataset', 'rsvp', '--json')).toMatchObject([{ generation: 1 }])
  })

  it('judges a sample, counts the reasons of what is rejected, and fails for it', async () => {
    await write()
    const sample = join(owner.path, 'sample.ndjson')
    await writeFile(sample, '{"id":1,"at":1}\n{"id":"1","at":1}\n{"id":"2","at":1}\n{"at":1}\n')
    const { code, stdout } = await check('--from', sample)
    expect(stdout).toMatch(
      /\n {2}sample\.ndjson: accepted 1 of 4\n {4}rejected 2: id: expected an integer .* got a text\n {4}rejected 1: id: .*\n$/,
    )
    expect(code).toBe(1)
    await writeFile(sample, '{"id":1,"at":1}\n')
    expect(JSON.parse((await check('--from', sample, '--json')).stdout)).toMatchObject({
      ok: true,
      datasets: [{ sample: { events: 1, accepted: 1, reasons: [] } }],
    })
    const several = await tidemark.run('check', 'rsvp', 'sensor', '--from', sample)
    expect(several).toMatchObject({ code: 2, stderr: expect.stringContaining('--from judges by one dataset') })
  })
})
