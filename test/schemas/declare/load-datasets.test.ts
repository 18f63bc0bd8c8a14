import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { explain, loadDatasets } from '../../../schemas/declare/load-datasets.ts'
import { OwnersFolder, ownedModule } from '../../support/owned-datasets.ts'

let owner: OwnersFolder
beforeEach(async () => {
  owner = await OwnersFolder.open()
})
afterEach(() => owner.remove())

const load = (...entries: readonly string[]) =>
  loadDatasets(entries.map((entry) => (entry.startsWith('./') ? join(owner.path, entry) : entry)).join(','))

async function namesOf(...entries: readonly string[]): Promise<readonly string[]> {
  const { datasets, leftOut } = await load(...entries)
  expect(leftOut.map(explain)).toEqual([])
  return datasets.map(({ name }) => name)
}

describe('the list of datasets', () => {
  it('is our examples where there is none', async () => {
    expect((await loadDatasets()).datasets.map(({ name }) => name)).toEqual(['rsvp', 'sensor'])
  })

  it('names examples, folders and modules; nothing else is imported', async () => {
    await owner.write('shop/dataset.ts', ownedModule('shop'))
    await owner.write('more/dataset.ts', ownedModule('more'))
    await owner.write('other/dataset.ts', `throw new Error('imported')`)
    expect(await namesOf('sensor', './shop', './more/dataset.ts')).toEqual(['sensor', 'shop', 'more'])
  })
})

describe("an owner's module", () => {
  it('may be TypeScript of several files, which need no package around them', async () => {
    await owner.write(
      'shop/contract.ts',
      `import { z } from 'zod'\nexport const Order: z.ZodType = z.object({ id: z.int(), at: z.int().min(0).max(9) })`,
    )
    await owner.write('shop/sql/all.sql', 'SELECT 1 AS one')
    const queries = `contract: Order, queries: { all: { description: '', sql: loadSql(import.meta.url, 'sql/all.sql'), parameters: {} } }`
    const module = `import { loadSql, type Dataset } from 'tidemark'\nimport { Order } from './contract.ts'\n${ownedModule('shop', queries)}\nexport type Shop = Dataset`
    await owner.write('shop/dataset.ts', module)
    const { datasets, leftOut } = await load('./shop')
    expect(leftOut.map(explain)).toEqual([])
    expect(datasets[0]?.queries['all']?.sql).toBe('SELECT 1 AS one')
    expect(datasets[0]?.root).toMatchObject({ kind: 'object' })
  })

  it('may be JavaScript, whatever its package says of modules', async () => {
    await owner.write('shop/dataset.js', ownedModule('shop'))
    await owner.write('more/package.json', '{ "type": "commonjs" }')
    await owner.write('more/dataset.js', ownedModule('more'))
    await owner.write('third/orders.mjs', ownedModule('third'))
    expect(await namesOf('./shop', './more', './third/orders.mjs')).toEqual(['shop', 'more', 'third'])
  })

  it('is the source where it was compiled beside it', async () => {
    await owner.write('shop/dataset.ts', ownedModule('source'))
    await owner.write('shop/dataset.js', ownedModule('compiled'))
    expect(await namesOf('./shop')).toEqual(['source'])
  })

  it('sees a file that it shares with another whole, also one that awaits something', async () => {
    const whole = `import { late } from '../shared.ts'\nif (late !== 1) throw new Error('half of it')\n`
    await owner.write('shared.ts', 'await new Promise((done) => setImmediate(done))\nexport const late: number = 1')
    await owner.write('shop/dataset.ts', whole + ownedModule('shop'))
    await owner.write('more/dataset.ts', whole + ownedModule('more'))
    expect(await namesOf('./shop', './more')).toEqual(['shop', 'more'])
  })

  it.each([
    ['4.0.1', 7],
    ['3.25.76', 1],
  ])("gets its owner's zod where that is a zod 4, else ours: %s", async (version, least) => {
    const ours = pathToFileURL(join(process.cwd(), 'node_modules/zod/index.js')).href
    await owner.write(
      'node_modules/zod/package.json',
      JSON.stringify({
        name: 'zod',
        version,
        type: 'module',
        exports: { '.': './index.js', './package.json': './package.json' },
      }),
    )
    await owner.write(
      'node_modules/zod/index.js',
      `import { z as ours } from '${ours}'\nexport const z = { ...ours, int: () => ours.int().min(7) }`,
    )
    await owner.write(
      'shop/dataset.ts',
      ownedModule('shop', 'contract: z.object({ id: z.int().min(1), at: z.int().min(0).max(9) })'),
    )
    const { datasets, leftOut } = await load('./shop')
    expect(leftOut.map(explain)).toEqual([])
    const root = datasets[0]?.root
    expect(root?.kind === 'object' ? root.fields.get('id')?.node : undefined).toMatchObject({
      kind: 'integer',
      min: least,
    })
  })

  it('is given the running Tidemark, also where another one is installed beside it', async () => {
    await owner.write('node_modules/tidemark/package.json', '{ "name": "tidemark", "exports": "./index.js" }')
    await owner.write('node_modules/tidemark/index.js', `throw new Error('another Tidemark')`)
    await owner.write('shop/dataset.ts', ownedModule('shop'))
    expect(await namesOf('./shop')).toEqual(['shop'])
  })
})

it('a path that cannot be read is left out, and the rest run', async () => {
  await symlink('loop', join(owner.path, 'loop'))
  const { datasets, leftOut } = await loadDatasets(`${join(owner.path, 'loop')},sensor`)
  expect(datasets.map(({ name }) => name)).toEqual(['sensor'])
  expect(leftOut.map(explain)).toEqual([expect.stringMatching(/^loop: its folder or file cannot be read: \/.*\/loop$/)])
})

describe('a faulty entry is left out, with its place and what to do, and the rest run:', () => {
  const faults: readonly (readonly [string, Readonly<Record<string, string>>, string, RegExp])[] = [
    [
      'a wrong name',
      {},
      'shop',
      /^shop: there is no example of that name, there are rsvp, sensor; a folder of yours is written with a slash: \.\/shop$/,
    ],
    [
      'a path that does not exist',
      {},
      './gone',
      /^gone: there is no such folder or file; relative paths begin at the working directory: \/.*\/gone$/,
    ],
    [
      'a folder without a module',
      { 'shop/a.txt': '' },
      './shop',
      /^shop: its folder has no dataset\.ts and no dataset\.js: write one .*: \/.*\/shop$/,
    ],
    [
      'a file that is no module',
      { 'shop/a.sql': '' },
      './shop/a.sql',
      /^a\.sql: it is no module: one ends in \.ts, \.js/,
    ],
    [
      'no default export',
      { 'shop/dataset.ts': 'export const shop = 1' },
      './shop',
      /^shop: its module dataset\.ts has no default export that defineDataset made: write export default defineDataset\(\{ \.\.\. \}\): \/.*\/shop\/dataset\.ts$/,
    ],
    [
      'another export',
      { 'shop/dataset.ts': ownedModule('orders').replace('export default', 'export const orders =') },
      './shop',
      /^shop: .* has no default export that defineDataset made, but exports orders: write export default/,
    ],
    [
      'a default export that only looks like one',
      {
        'shop/dataset.ts': `${ownedModule('shop').replace('export default', 'const shop =')}\nexport default { ...shop }`,
      },
      './shop',
      /^shop: .* has no default export that defineDataset made: write/,
    ],
    [
      'a syntax error',
      { 'shop/dataset.ts': 'export default {\n' },
      './shop',
      /^shop: its module dataset\.ts cannot be imported: ParseError: Unexpected token \/.*\/shop\/dataset\.ts:2:0$/,
    ],
    [
      'an error in a file that it imports',
      { 'shop/dataset.ts': `import './a.ts'`, 'shop/a.ts': `const a: number = 1\n\nthrow new Error('no ' + a)` },
      './shop',
      /^shop: its module dataset\.ts cannot be imported: no 1 \(\/.*\/shop\/a\.ts:3\)$/,
    ],
    [
      'a package that is not there',
      { 'shop/dataset.ts': `import 'nowhere'` },
      './shop',
      /^shop: its module dataset\.ts cannot be imported: Cannot find module 'nowhere' \(?.*dataset\.ts/,
    ],
    [
      'a contract of another zod',
      { 'shop/dataset.js': ownedModule('shop', 'contract: { _def: {} }') },
      './shop',
      /^shop: contract: expected a z\.object\(\) of zod 4$/,
    ],
    [
      'a fault of the declaration',
      { 'shop/dataset.ts': ownedModule('orders', `time: { path: 'when', aheadMsMax: 0 }`) },
      './shop',
      /^orders: time: when must be a whole number of s, ms or us since 1970, or a text of ISO 8601/,
    ],
  ]
  it.each(faults)('%s', async (_, files, entry, said) => {
    for (const [name, text] of Object.entries(files)) await owner.write(name, text)
    const { datasets, leftOut } = await load(entry, 'sensor')
    expect(datasets.map(({ name }) => name)).toEqual(['sensor'])
    expect(leftOut.map(explain)).toEqual([expect.stringMatching(said)])
    for (const { reason } of leftOut) expect(reason).not.toContain(owner.path)
  })

  it('two datasets of one name, both of which are left out', async () => {
    await owner.write('shop/dataset.ts', ownedModule('sensor'))
    const { datasets, leftOut } = await load('rsvp', 'sensor', './shop')
    expect(datasets.map(({ name }) => name)).toEqual(['rsvp'])
    expect(leftOut.map(explain)).toEqual([
      `sensor: 2 datasets of the list have this name, all are left out: rename one, or name only one in the list: sensor and ${owner.path}/shop`,
    ])
    expect(leftOut[0]?.reason).not.toContain(owner.path)
  })

  it('a dataset that runs is not mistaken for a faulty one whose folder has its name', async () => {
    await owner.write('a/shop/dataset.ts', ownedModule('shop'))
    const { datasets, leftOut } = await load('./a/shop', './b/shop')
    expect(datasets.map(({ name }) => name)).toEqual(['shop'])
    expect(leftOut.map(({ name, reason }) => [name, reason])).toEqual([
      ['shop (another)', expect.stringMatching(/^shop \(another\): there is no such folder or file/)],
    ])
  })
})
