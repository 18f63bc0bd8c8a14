import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { shopEvents } from '../cli/commands/init/shop-events.ts'
import { askSql } from '../support/ask.ts'
import { OwnersFolder } from '../support/owned-datasets.ts'
import { Processes, root } from '../support/tidemark-process.ts'

const events = shopEvents(90)
let owner: OwnersFolder
let processes: Processes
beforeAll(async () => {
  owner = await OwnersFolder.open()
  await owner.write('orders.ndjson', `${events.join('\n')}\n`)
  processes = await Processes.open(root, owner.path)
})
afterAll(async () => {
  await processes.close()
  await owner.remove()
})

it('what init writes runs in the whole service, and answers its first questions about the sample', async () => {
  const data = { TIDEMARK_DATA_DIR: processes.newDataFolder() }
  const written = await processes.run(['init', 'shop', '--from', 'orders.ndjson'], data)
  expect(written).toMatchObject({ code: 0, stdout: expect.stringContaining('accepted 90 of 90') })
  const next = /^ {2}tidemark (start .*)$/m.exec(written.stdout)?.[1] ?? ''
  const service = processes.start(next.split(' '), data)
  const url = (await service.untilSaid(/answers at (http:\S+)/))[1] ?? ''
  await service.untilSaid(/Ctrl-C ends it/)
  const after = { 'shop/0': '90' }
  const asked = `?after=${encodeURIComponent(JSON.stringify(after))}`
  const newest = await fetch(`${url}/v1/shop/queries/newest${asked}&limit=1`)
  expect(await newest.json()).toMatchObject({ rows: [{ order_id: 1088 }] })
  const hours: { rows: { events: number }[] } = JSON.parse(
    await (await fetch(`${url}/v1/shop/queries/per-hour${asked}`)).text(),
  )
  expect(hours.rows.reduce((sum, { events }) => sum + events, 0)).toBe(80)
  const lines = events.reduce((sum, text) => sum + (text.match(/"lineId"/g)?.length ?? 0), 0)
  const counted = await askSql(url, 'SELECT count(*) AS n FROM shop.order_placed_line', { after })
  expect(counted.rows).toEqual([{ n: lines }])
  expect((await service.stop()).code).toBe(130)
})

it('a sample comes from standard input, packed or not', async () => {
  const launcher = join(root, 'dist/cli/tidemark.cjs')
  const env = { ...process.env, TIDEMARK_DATA_DIR: processes.newDataFolder() }
  for (const [out, command] of [
    ['plain', 'cat orders.ndjson'],
    ['packed', 'gzip -c orders.ndjson'],
  ]) {
    const line = `${command} | "${process.execPath}" "${launcher}" init shop --from - --out ${out}`
    const { stdout } = await promisify(execFile)('sh', ['-c', line], { cwd: owner.path, env })
    expect(stdout).toContain('Read 90 events of standard input.\n')
    expect(stdout).toContain('accepted 90 of 90\n')
  }
})
