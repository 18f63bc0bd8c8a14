import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { OwnersFolder, ownedModule } from '../../support/owned-datasets.ts'
import { Tidemark } from '../run-tidemark.ts'

let owner: OwnersFolder
let tidemark: Tidemark
let shop: string
let events: string
beforeAll(async () => {
  owner = await OwnersFolder.open()
  const question = `queries: { all: { description: 'How many.', sql: 'SELECT count(*) AS n FROM thing', parameters: {} } }`
  await owner.write('shop/dataset.ts', ownedModule('shop', question))
  shop = `${owner.path}/shop`
  events = await owner.write('events.ndjson', '{"id":1,"at":1}\n{"id":2,"at":2}\n')
  tidemark = await Tidemark.open({ TIDEMARK_DATASETS: 'sensor' })
})
afterAll(async () => {
  await tidemark.close()
  await owner.remove()
})

const Results = z.array(z.object({ dataset: z.string() }))
const namesIn = (answer: unknown) => Results.parse(answer).map(({ dataset }) => dataset)

it('the flag beats the variable, and the variable the examples', async () => {
  expect(namesIn(await tidemark.json('gc', '--json'))).toEqual(['sensor'])
  expect(namesIn(await tidemark.json('gc', '--json', '--datasets', `rsvp,${shop}`))).toEqual(['rsvp', 'shop'])
})

it("a dataset of an owner's folder is ingested, asked, and made a generation of", async () => {
  expect((await tidemark.run('ingest', events, '--datasets', shop)).stderr).toContain('2 accepted, 0 rejected')
  const asked = ['query', '--name', 'all', '--format', 'json', '--datasets', shop]
  expect(await tidemark.json(...asked)).toMatchObject({ rows: [{ n: 2 }] })
  expect(await tidemark.json('batch', 'run', '--datasets', shop)).toMatchObject({ dataset: 'shop', created: true })
  expect(await tidemark.json('batch', '--datasets', shop, 'run')).toMatchObject({ dataset: 'shop', created: false })
})

it('what is not in the list is in no help, no list of queries, no SQL, and no topic of the log', async () => {
  const { stdout } = await tidemark.run('query', '--list', '--datasets', shop)
  expect(stdout).toContain('all  (shop)')
  expect(stdout).not.toContain('(sensor)')
  const { code, stderr } = await tidemark.run('query', 'FROM sensor.reading', '--datasets', shop)
  expect([code, stderr]).toEqual([2, expect.stringContaining('sensor')])
  const other = await Tidemark.open({ TIDEMARK_DATASETS: shop })
  await other.run('ingest', events)
  const tailed = await other.run('tail', 'sensor')
  expect([tailed.code, tailed.stderr]).toEqual([2, expect.stringMatching(/ has no topic sensor; there are shop$/m)])
  expect(namesIn(await other.json('status', '--json'))).toEqual(['shop'])
  await other.close()
})

it.each([
  [
    ['start', '--generate', 'sensor://rooms=2'],
    /^tidemark: --generate sensor:\/\/rooms=2: the dataset sensor is not loaded, only shop: add it to --datasets \(TIDEMARK_DATASETS\)$/m,
  ],
  [['start', '--generate', 'shop://'], /^tidemark: --generate shop:\/\/: the dataset shop has no generator$/m],
  [
    ['ingest', 'sensor://rooms=2'],
    /^tidemark: sensor:\/\/rooms=2: sources are .* that --datasets \(TIDEMARK_DATASETS\) loads; these have none$/m,
  ],
  [
    ['status', '--dataset', 'sensor'],
    /^tidemark: there is no dataset sensor; there are shop, and --datasets \(TIDEMARK_DATASETS\) loads others$/m,
  ],
  [
    ['ingest', 'events.ndjson', '--dataset', 'sensor'],
    /^tidemark: there is no dataset sensor; there are shop, and --datasets/m,
  ],
])('who asks for one that is not in the list is told of the list: %s', async (args, said) => {
  const { code, stderr } = await tidemark.run(...args, '--datasets', shop)
  expect([code, stderr]).toEqual([2, expect.stringMatching(said)])
})

it.each([
  [
    'shp',
    /^tidemark: there is no dataset to run: shp: there is no example of that name, there are rsvp, sensor; a folder of yours is written with a slash/m,
  ],
  [',', /^ {2}TIDEMARK_DATASETS: expected names, folders or modules, separated by commas/m],
])('a list without a dataset is refused: %s', async (list, said) => {
  const { code, stderr } = await tidemark.run('status', '--datasets', list)
  expect([code, stderr]).toEqual([2, expect.stringMatching(said)])
})

/** It makes a dataset, and needs none. */
const withoutList = 'init'
/** It says what is wrong with a list, in its own way. */
const checksList = 'check'

it('every command but init takes the list from its flag, and shows the flag in its help', async () => {
  const { commands } = tidemark.program()
  const main = readFileSync(new URL('../../../cli/main.ts', import.meta.url), 'utf8')
  expect(commands.length).toBe(main.match(/^add\w+Command\(/gm)?.length)
  const all = commands.flatMap((command) => [[command], ...command.commands.map((below) => [command, below])])
  for (const path of all) {
    const names = path.map((command) => command.name())
    if (names[0] === withoutList) continue
    const last = path.at(-1)
    expect([names, last?.options.map(({ long }) => long)]).toEqual([names, expect.arrayContaining(['--datasets'])])
    if (names[0] === checksList) continue
    const needed = last?.registeredArguments.filter(({ required }) => required).map(() => events) ?? []
    const { code, stderr } = await tidemark.run(...names, ...needed, '--datasets', 'shp')
    expect([names, code, stderr]).toEqual([
      names,
      2,
      expect.stringMatching(/^tidemark: there is no dataset to run: shp: /m),
    ])
  }
})
