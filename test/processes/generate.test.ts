import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { askSql } from '../support/ask.ts'
import { Processes, recording } from '../support/tidemark-process.ts'
import { waitUntil } from '../support/wait-until.ts'

const allOfIt = { 'rsvp/0': '1542' }

let processes: Processes
beforeEach(async () => {
  processes = await Processes.open()
})
afterEach(() => processes.close())

describe('start --generate', () => {
  it('runs a generator, ends it when told to, and begins another run with the next start', async () => {
    const data = processes.newDataFolder()
    const args = ['start', '--generate', 'sensor://rate=500&repeats=0&corrections=0']
    const readings =
      'SELECT count(*) AS readings, (SELECT count(*) FROM sensor.arrival) AS arrivals FROM sensor.reading'
    let before = 0
    for (let run = 1; run <= 2; run += 1) {
      const service = processes.start(args, { TIDEMARK_DATA_DIR: data })
      const url = (await service.untilSaid(/answers at (http:\S+)/))[1] ?? ''
      await service.untilSaid(/Ctrl-C ends it/)
      await waitUntil('more readings', async () => {
        const [row] = (await askSql(url, readings)).rows
        expect(row?.['readings']).toBe(row?.['arrivals'])
        return Number(row?.['readings']) > before + 50
      })
      before = Number((await askSql(url, readings)).rows[0]?.['readings'])
      expect((await service.stop()).code).toBe(130)
    }
  })

  it('ends a generator beside a replay when the replay has ended, and goes on serving both', async () => {
    const service = processes.start(
      ['start', '--replay', recording, '--speedup', 'max', '--generate', 'sensor://rate=500'],
      { TIDEMARK_DATA_DIR: processes.newDataFolder() },
    )
    const url = (await service.untilSaid(/answers at (http:\S+)/))[1] ?? ''
    await service.untilSaid(/no more events are made up/)
    await service.untilSaid(/Ctrl-C ends it/)
    expect((await askSql(url, 'SELECT count(*) AS n FROM rsvp.rsvp', { after: allOfIt })).rows).toEqual([{ n: 1260 }])
    expect((await service.stop()).code).toBe(130)
  })

  it.each([
    ['sensor://rums=2', /^tidemark: sensor:\/\/: there is no option rums$/m],
    ['sensor://?rooms=2 sensor://', /^tidemark: --generate: sensor:\/\/ is given more than once$/m],
    ['rsvp://', /^tidemark: --generate rsvp:\/\/: the dataset rsvp has no generator$/m],
  ])('refuses %s, and starts nothing', async (addresses, message) => {
    const data = processes.newDataFolder()
    const { code, stderr } = await processes.run(['start', '--generate', ...addresses.split(' ')], {
      TIDEMARK_DATA_DIR: data,
    })
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) })
    expect(existsSync(join(data, 'log'))).toBe(false)
  })
})
