import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { askSql } from '../support/ask.ts'
import { OwnersFolder, ownedModule } from '../support/owned-datasets.ts'
import { Processes, root } from '../support/tidemark-process.ts'

const question = `queries: { all: { description: 'How many.', sql: 'SELECT count(*) AS n FROM thing', parameters: {} } }`

let owner: OwnersFolder
let processes: Processes
beforeAll(async () => {
  owner = await OwnersFolder.open()
  await owner.write('shop/dataset.ts', ownedModule('shop', question))
  await owner.write('broken/dataset.ts', `throw new Error('no database')`)
  processes = await Processes.open(root, owner.path)
})
afterAll(async () => {
  await processes.close()
  await owner.remove()
})

it('a folder beside the clone is a dataset of the whole service, and the examples are no part of it', async () => {
  const args = ['start', '--datasets', './shop,./broken']
  const service = processes.start(args, { TIDEMARK_DATA_DIR: processes.newDataFolder(), TIDEMARK_DATASETS: 'rsvp' })
  const url = (await service.untilSaid(/answers at (http:\S+)/))[1] ?? ''
  await service.untilSaid(/Ctrl-C ends it/)
  const place = join(owner.path, 'broken/dataset.ts')
  expect(service.said()).toContain(
    `left out: broken: its module dataset.ts cannot be imported: no database (${place}:1)`,
  )

  const event = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '[{"id":1,"at":1},{"id":2,"at":2}]',
  }
  expect(await (await fetch(`${url}/v1/shop/events`, event)).json()).toMatchObject({ accepted: 2, rejected: 0 })
  const after = { 'shop/0': '2' }
  const query = await fetch(`${url}/v1/shop/queries/all?after=${encodeURIComponent(JSON.stringify(after))}`)
  expect(await query.json()).toMatchObject({ rows: [{ n: 2 }] })
  // Ad-hoc SQL is answered by another process, which was given the same list.
  expect((await askSql(url, 'SELECT max(id) AS id FROM shop.thing', { after })).rows).toEqual([{ id: 2 }])

  const datasets: { datasets: { name: string }[] } = JSON.parse(await (await fetch(`${url}/v1/datasets`)).text())
  expect(datasets.datasets.map(({ name }) => name)).toEqual(['shop'])
  expect((await fetch(`${url}/v1/rsvp/queries/stream-quality`)).status).toBe(404)
  for (const shown of [await (await fetch(`${url}/openapi.json`)).text(), service.said()]) {
    expect(shown).toContain('/v1/shop/')
    expect(shown).not.toMatch(/rsvp|sensor/)
  }
  expect((await service.stop()).code).toBe(130)
})

it('the help of a command names what the chosen datasets declare', async () => {
  const data = { TIDEMARK_DATA_DIR: processes.newDataFolder(), TIDEMARK_DATASETS: 'sensor' }
  const byFlag = (await processes.run(['query', '--datasets', './shop', '--help'], data)).stdout
  expect(byFlag).toContain('all  (shop)')
  expect(byFlag).not.toContain('(sensor)')
  const byVariable = (await processes.run(['query', '--help'], data)).stdout
  expect(byVariable).toContain('(sensor)')
  expect(byVariable).not.toContain('(rsvp)')
})
