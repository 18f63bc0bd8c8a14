import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEmbeddedLog } from '../../connectors/embedded/log.ts'
import { recordedLines } from '../oracle/recording.ts'
import { readLog } from '../support/read-log.ts'
import { Processes, recording } from '../support/tidemark-process.ts'
import { waitUntil } from '../support/wait-until.ts'

let processes: Processes
let urls: { readonly http: string; readonly ws: string }

beforeAll(async () => {
  processes = await Processes.open()
  const server = processes.start(
    ['replay-server', recording, '--port', '0', '--speedup', 'max', '--drop-every', '300'],
    { TIDEMARK_DATA_DIR: processes.newDataFolder() },
  )
  const [, http = ''] = await server.untilSaid(/^ {2}(http:\S+)$/m)
  const [, ws = ''] = await server.untilSaid(/^ {2}(ws:\S+)$/m)
  urls = { http, ws }
})
afterAll(() => processes.close())

describe('ingest of what replay-server serves', () => {
  it.each(['http', 'ws'] as const)('over %s has all of it, counts it, and ends when it is told to', async (form) => {
    const data = processes.newDataFolder()
    const ingest = processes.start(['ingest', `${urls[form]}?since_mtime=0`], { TIDEMARK_DATA_DIR: data })
    const log = await openEmbeddedLog({ folder: join(data, 'log'), partitionCount: 1 })
    await log.ensureTopic('rsvp')
    const lines = recordedLines().map((line) => Buffer.from(line).toString('latin1'))
    const read = async () => {
      const { records, recounted } = await readLog(log)
      return { recounted, texts: records.map(({ value }) => Buffer.from(value ?? '').toString('latin1')) }
    }
    await waitUntil('the end of the recording', async () => (await read()).texts.at(-1) === lines.at(-1))
    const { code, stderr } = await ingest.stop()
    const { texts, recounted } = await read()
    await log.close()
    expect(code).toBe(130)
    expect([...new Set(texts)]).toEqual([...new Set(lines)])
    expect(recounted['rsvp'].filter(({ response }) => response === 'yes')).toHaveLength(864)
    const { length: accepted } = recounted['arrival']
    const { length: rejected } = recounted['rejected']
    expect(stderr).toContain(
      `${texts.length} received, 0 too long, ${texts.length} appended: ${accepted} accepted, ${rejected} rejected\n`,
    )
  })

  it('says what is wrong with an address where there is no stream, and ends', async () => {
    const env = { TIDEMARK_DATA_DIR: processes.newDataFolder() }
    const { code, stderr } = await processes.run(['ingest', new URL('/none', urls.http).href], env)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^tidemark: http:\S+\/none answered 404: there is nothing to read\.$/m),
    })
  })
})
