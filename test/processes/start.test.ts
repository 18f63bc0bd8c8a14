import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import S3rver from 's3rver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedLog } from '../../connectors/embedded/log.ts'
import { rsvpRecord } from '../support/make-rsvp.ts'
import { recordedLines } from '../oracle/recording.ts'
import { appendEvents, askGet, askSql, pageThrough, servedTables } from '../support/ask.ts'
import { readLog } from '../support/read-log.ts'
import { isGroupAlive, Processes, recording } from '../support/tidemark-process.ts'
import type { ProcessEnv, TidemarkProcess } from '../support/tidemark-process.ts'
import { waitUntil } from '../support/wait-until.ts'

const replay = ['start', '--replay', recording, '--speedup', 'max']
const allOfIt = { 'rsvp/0': '1542' }
const counts = `SELECT (SELECT count(*) FROM rsvp) AS rsvps, (SELECT count(*) FROM topic) AS topics,
  (SELECT count(*) FROM rsvp.arrival) AS arrivals, (SELECT count(*) FROM rsvp.rejected) AS rejected,
  count(*) AS yes, sum(1 + guests) AS heads FROM rsvp WHERE response = 'yes'`
const trueCounts = { rsvps: 1260, topics: 3017, arrivals: 1541, rejected: 1, yes: 864, heads: 1002 }

let processes: Processes
beforeEach(async () => {
  processes = await Processes.open()
})
afterEach(() => processes.close())

async function urlOf(service: TidemarkProcess): Promise<string> {
  return (await service.untilSaid(/answers at (http:\S+)/))[1] ?? ''
}

async function start(
  args: readonly string[],
  env: ProcessEnv,
): Promise<{ readonly service: TidemarkProcess; readonly url: string }> {
  const service = processes.start(args, env)
  const url = await urlOf(service)
  await service.untilSaid(/Ctrl-C ends it/)
  return { service, url }
}

async function readEmbeddedLog(dataFolder: string): ReturnType<typeof readLog> {
  const log = await openEmbeddedLog({ folder: join(dataFolder, 'log'), partitionCount: 1 })
  try {
    return await readLog(log)
  } finally {
    await log.close()
  }
}

describe('start --replay', () => {
  it('answers as the recount does, by every way of asking, ends when told to, and goes on without replaying', async () => {
    const data = processes.newDataFolder()
    const { service, url } = await start(replay, { TIDEMARK_DATA_DIR: data })
    expect((await askSql(url, counts, { after: allOfIt })).rows).toEqual([trueCounts])
    expect(await servedTables(url, { after: allOfIt })).toEqual((await readEmbeddedLog(data)).recounted)

    const cities = await askGet(url, '/v1/rsvp/queries/yes-by-city?limit=10000')
    expect(sum(cities.rows, 'yes')).toBe(864)
    expect(sum(cities.rows, 'heads')).toBe(1002)

    const answers = await pageThrough(url, 'rsvp', 500)
    expect(new Set(answers.map(({ rsvp_id: id }) => id)).size).toBe(1260)
    expect(answers.filter(({ response }) => response === 'yes')).toHaveLength(864)
    expect(await pageThrough(url, 'topic', 1000)).toHaveLength(3017)
    expect(await pageThrough(url, 'rejected', 10)).toHaveLength(1)

    expect((await service.stop()).code).toBe(130)
    expect(isGroupAlive(service.pid)).toBe(false)
    expect(readdirSync(join(data, 'work'))).toEqual([])

    const again = await start(replay, { TIDEMARK_DATA_DIR: data })
    await again.service.untilSaid(/all of it is in the log already/)
    expect((await askSql(again.url, counts, { after: allOfIt })).rows).toEqual([trueCounts])
    expect((await again.service.stop()).code).toBe(130)
  })

  it('goes on where it was ended', async () => {
    const data = processes.newDataFolder()
    const { service, url } = await start(['start', '--replay', recording, '--speedup', '60'], {
      TIDEMARK_DATA_DIR: data,
    })
    await waitUntil('the first events', async () => Number((await askSql(url, counts)).rows[0]?.['arrivals']) > 0)
    expect((await service.stop()).code).toBe(130)
    const before = (await readEmbeddedLog(data)).records
    expect(before.length).toBeGreaterThan(0)
    expect(before.length).toBeLessThan(1542)

    const again = await start(replay, { TIDEMARK_DATA_DIR: data })
    expect((await askSql(again.url, counts, { after: allOfIt })).rows).toEqual([trueCounts])
    expect((await readEmbeddedLog(data)).records.slice(0, before.length)).toEqual(before)
  })

  it('shows readers no count that goes down while batch runs hand over', async () => {
    const env = {
      TIDEMARK_DATA_DIR: processes.newDataFolder(),
      BATCH_CRON: '* * * * * *',
      STORE_WATCH_MS: '100',
      SQL_WORKERS: '2',
    }
    const { url } = await start(['start'], env)
    const lines = recordedLines().map((line) => Buffer.from(line).toString('latin1'))
    const generations = new Set<number>()
    let tidemark = 0
    let isDone = false
    const readOn = async (): Promise<readonly number[]> => {
      const seen: number[] = []
      await waitUntil('the end', async () => {
        const { rows, as_of: asOf } = await askSql(url, 'SELECT count(*) AS n FROM rsvp.arrival')
        seen.push(Number(rows[0]?.['n']))
        generations.add(asOf.datasets['rsvp']?.generation ?? -1)
        tidemark = Math.max(tidemark, Number(asOf.datasets['rsvp']?.tidemark['rsvp/0'] ?? 0))
        return isDone
      })
      return seen
    }
    const readers = [readOn(), readOn(), readOn()]
    for (let first = 0; first < lines.length; first += 400) {
      const part = lines.slice(first, first + 400)
      await appendEvents(url, Buffer.from(part.join('\n'), 'latin1'))
      await waitUntil('a generation of it', () => tidemark === first + part.length)
    }
    isDone = true
    for (const seen of await Promise.all(readers)) expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(generations.size).toBeGreaterThan(3)
    expect((await askSql(url, counts, { after: allOfIt })).rows).toEqual([trueCounts])
  })

  it('says what is wrong with a recording that is not there, and ends', async () => {
    const { code, stderr } = await processes.run(['start', '--replay', 'no-such-file'], {
      TIDEMARK_DATA_DIR: processes.newDataFolder(),
    })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^tidemark: there is no file .*no-such-file/m)
    expect(stderr).not.toContain('    at ')
  })
})

describe('start', () => {
  it('covers what was posted in a read after it', async () => {
    const { url } = await start(['start'], { TIDEMARK_DATA_DIR: processes.newDataFolder() })
    const { accepted, rejected, after } = await appendEvents(url, `${event(1)}\n${event(2)}\nno event\n`)
    expect({ accepted, rejected }).toEqual({ accepted: 2, rejected: 1 })
    const sql = 'SELECT count(*) AS n, (SELECT count(*) FROM rsvp.rejected) AS rejected FROM rsvp'
    expect((await askSql(url, sql, { after })).rows).toEqual([{ n: 2, rejected: 1 }])
    const later = await appendEvents(url, `${event(3)}\n`)
    const page = await askGet(url, `/v1/rsvp/tables/rsvp?after=${encodeURIComponent(JSON.stringify(later.after))}`)
    expect(page.rows.map(({ rsvp_id: id }) => id)).toEqual([1, 2, 3])
  })

  it('may run twice on one data folder: both answer all, and nothing is doubled', async () => {
    const data = processes.newDataFolder()
    const env = {
      TIDEMARK_DATA_DIR: data,
      BATCH_CRON: '* * * * * *',
      STORE_WATCH_MS: '100',
      ARCHIVE_CHUNK_AGE_MS: '500',
    }
    const [first, second] = await Promise.all([
      start(['start', '--replay', recording, '--speedup', '500'], env),
      start(['start'], env),
    ])
    await appendEvents(second.url, `${event(1)}\n`)
    await waitUntil('both to have it all', async () => {
      const tidemarks = await Promise.all(
        [first, second].map(
          async ({ url }) => (await askSql(url, 'SELECT 1')).as_of.datasets['rsvp']?.tidemark['rsvp/0'],
        ),
      )
      return tidemarks.every((tidemark) => tidemark === '1543')
    })
    const { recounted, after } = await readEmbeddedLog(data)
    expect(recounted.arrival).toHaveLength(1542)
    for (const { url } of [first, second]) expect(await servedTables(url, { after })).toEqual(recounted)
    for (const { service } of [first, second]) expect((await service.stop()).code).toBe(130)
  })

  it('says that its port is taken, and ends', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const { code, stderr } = await processes.run(['start'], {
      TIDEMARK_DATA_DIR: processes.newDataFolder(),
      PORT: port,
    })
    server.close()
    expect(code).toBe(1)
    expect(stderr).toMatch(
      new RegExp(`^tidemark: 127\\.0\\.0\\.1:${port} cannot be listened on: another process listens there`, 'm'),
    )
    expect(stderr).not.toContain('    at ')
  })

  it('reports all faults of its configuration at once, and starts nothing', async () => {
    const data = processes.newDataFolder()
    const env = {
      TIDEMARK_DATA_DIR: data,
      TIDEMARK_X: '1',
      PORT: '99999',
      LOG_LEVEL: 'loud',
      HOST: '0.0.0.0',
      SQL_WORKERS: 'none',
    }
    const { code, stderr } = await processes.run(['start'], env)
    expect(code).toBe(2)
    for (const name of ['TIDEMARK_X', 'PORT', 'LOG_LEVEL', 'HOST', 'SQL_WORKERS'])
      expect(stderr).toMatch(new RegExp(`^  ${name}: `, 'm'))
    expect(existsSync(data)).toBe(false)
  })

  it('refuses to listen beyond loopback without keys, unless told to', async () => {
    const env = { TIDEMARK_DATA_DIR: processes.newDataFolder(), HOST: '0.0.0.0' }
    const refused = await processes.run(['start'], env)
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/HOST: .*API_KEYS_FILE.*ALLOW_NO_KEYS=true/),
    })
    expect(await urlOf(processes.start(['start'], { ...env, ALLOW_NO_KEYS: 'true' }))).toContain('http://0.0.0.0:')
  })

  it('refuses a store that belongs to another log, whichever role it is, and says what to do', async () => {
    const env = { TIDEMARK_DATA_DIR: processes.newDataFolder() }
    await processes.run(['ingest', recording], env)
    await processes.run(['batch', 'run'], env)
    await rm(join(env.TIDEMARK_DATA_DIR, 'log'), { recursive: true })
    for (const args of [['start'], ['archive'], ['batch'], ['batch', 'run'], ['serve']]) {
      const { code, stderr } = await processes.run(args, env)
      expect({ args, code, stderr }).toEqual({
        args,
        code: 1,
        stderr: expect.stringMatching(
          /rsvp in .* is of another log .*: use the store that belongs to this log, or an empty one/,
        ),
      })
    }
  })

  it('refuses a store that lets two writers win', async () => {
    const bucket = { name: 'bucket' }
    const directory = join(processes.folder, 's3rver')
    const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets: [bucket] })
    const { port } = await server.run()
    const env = {
      TIDEMARK_DATA_DIR: processes.newDataFolder(),
      S3_BUCKET: bucket.name,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
    }
    const { code, stderr } = await processes.run(['start'], env)
    await server.close()
    expect(code).toBe(1)
    expect(stderr).toMatch(/^tidemark: s3:\/\/bucket .*lets a second put replace an object.*use another store/m)
  })

  it('says that it cannot write to its data folder', async () => {
    const file = join(processes.folder, 'file')
    writeFileSync(file, '')
    const { code, stderr } = await processes.run(['start'], { TIDEMARK_DATA_DIR: join(file, 'data') })
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^tidemark: TIDEMARK_DATA_DIR: .*cannot be written to/),
    })
  })
})

function sum(rows: readonly Readonly<Record<string, unknown>>[], column: string): number {
  return rows.reduce((total, row) => total + Number(row[column]), 0)
}

function event(id: number): string {
  return Buffer.from(rsvpRecord({ id }).value).toString()
}
