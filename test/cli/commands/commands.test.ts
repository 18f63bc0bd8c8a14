import { readFile, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { rsvpRecord, rsvpRecords } from '../../support/make-rsvp.ts'
import { Tidemark } from '../run-tidemark.ts'

let tidemark: Tidemark

beforeEach(async () => {
  tidemark = await Tidemark.open()
})

afterEach(async () => {
  await tidemark.close()
})

const Files = z.array(z.object({ tables: z.record(z.string(), z.array(z.object({ url: z.string() }))) }))

async function filesOf(table: string): Promise<readonly string[]> {
  const [files] = Files.parse(await tidemark.json('files', '--dataset', 'rsvp', '--json'))
  return files?.tables[table]?.map(({ url }) => url) ?? []
}

describe('tidemark files', () => {
  it("lists the newest generation's files with addresses that another reader can open", async () => {
    await tidemark.oneGeneration()
    expect(await tidemark.json('files', '--dataset', 'rsvp', '--json')).toMatchObject([
      {
        dataset: 'rsvp',
        generation: 1,
        tidemark: { 'rsvp/0': '4' },
        tables: { rsvp: [{ url: expect.any(String), rows: 3, bytes: expect.any(Number) }], member_service: [] },
      },
    ])
    const [url = ''] = await filesOf('rsvp')
    expect((await readFile(url)).subarray(0, 4).toString()).toBe('PAR1')
  })

  it('prints one line a file, and tells people beside it how others read them', async () => {
    await tidemark.oneGeneration()
    const { stdout, stderr, code } = await tidemark.run('files', '--dataset', 'rsvp')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^rsvp +3 +\S+ \S+ +\/.*\.parquet$/m)
    expect(stderr).toMatch(/rsvp: generation 1, tidemark rsvp\/0@4\n.*read_parquet.*\n.*spark\.read\.parquet/)
  })

  it('prints views that show every table to DuckDB, also one without rows', async () => {
    await tidemark.oneGeneration()
    const { stdout } = await tidemark.run('files', '--dataset', 'rsvp', '--sql')
    const engine = await openDuckDb({ memoryBytesMax: 128 * 1024 * 1024, threads: 1, spillFolder: tmpdir() })
    const session = await engine.connect()
    await session.run(stdout)
    const counts =
      'SELECT (SELECT count(*) FROM rsvp.rsvp) AS rsvps, (SELECT count(*) FROM rsvp.member_service) AS services'
    expect(await session.rows(counts)).toEqual([{ rsvps: 3n, services: 0n }])
    expect(Object.keys((await session.rows('FROM rsvp.rsvp'))[0] ?? {})).toEqual(
      Object.keys(rsvp.tables['rsvp']?.columns ?? {}),
    )
    session.close()
    engine.close()
  })

  it('says that there is no generation yet', async () => {
    expect(await tidemark.run('files', '--dataset', 'rsvp')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('no generation yet'),
    })
    expect(await tidemark.json('files', '--dataset', 'rsvp', '--json')).toMatchObject([{ generation: 0, tables: {} }])
  })
})

describe('tidemark status', () => {
  it('says how far log, archive and generation are', async () => {
    await tidemark.oneGeneration()
    expect(await tidemark.json('status', '--dataset', 'rsvp', '--json')).toMatchObject([
      {
        dataset: 'rsvp',
        generation: 1,
        other_declarations: [],
        tidemark: { 'rsvp/0': '4' },
        partitions: {
          'rsvp/0': {
            log: { first: '0', next: '5' },
            archived: '4',
            tidemark: '4',
            unarchived: 1,
            unbatched: 0,
            losses: [],
          },
        },
        tables: { rsvp: { rows: 3, files: 1 } },
        problems: [],
      },
    ])
    const { stdout } = await tidemark.run('status', '--dataset', 'rsvp')
    expect(stdout).toMatch(/rsvp\/0 +0 to 5 +4 +4 +1 +0 +0$/m)
  })

  it('works where nothing has happened yet', async () => {
    expect(await tidemark.json('status', '--dataset', 'rsvp', '--json')).toMatchObject([
      { generation: 0, partitions: { 'rsvp/0': { unarchived: 0 } }, problems: [] },
    ])
  })

  it('names a store that belongs to another log, and fails', async () => {
    await tidemark.oneGeneration()
    await tidemark.forgetLog()
    await tidemark.append(rsvpRecords(1, 1))
    const { code, stdout } = await tidemark.run('status', '--dataset', 'rsvp')
    expect(code).toBe(1)
    expect(stdout).toMatch(/problem: rsvp\/0 in folder .* is of another log/)
  })
})

describe('tidemark verify', () => {
  it('ends with 0 where nothing differs, and reports what is yet to be archived', async () => {
    await tidemark.oneGeneration()
    expect(await tidemark.json('verify', '--dataset', 'rsvp', '--json')).toMatchObject([
      {
        dataset: 'rsvp',
        clean: true,
        generation: 1,
        compared_with_log: 4,
        rows: { rsvp: 3, rejected: 1 },
        digests: { chain_starts: { checked: 1, without: 0 }, chunks: { checked: 1, without: 0 } },
        partitions: { 'rsvp/0': { first: '0', next: '4', unarchived: 1, losses: [] } },
        differences: [],
      },
    ])
    expect(await tidemark.run('verify', '--dataset', 'rsvp')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^rsvp: no difference\n.*1 not archived yet.*digests match: chain starts 1, chunks 1, manifests 1, table files \d+, verdicts 1\n/s,
      ),
    })
  })

  it('ends with 3 where something differs, and names it', async () => {
    await tidemark.oneGeneration()
    const [url = ''] = await filesOf('rsvp')
    await writeFile(url, (await readFile(url)).subarray(0, -1))
    const ran = await tidemark.run('verify', '--dataset', 'rsvp')
    expect(ran).toMatchObject({ code: 3, stderr: '' })
    expect(ran.stdout).toMatch(/^rsvp: \d differences?\n/)
    expect(ran.stdout).toContain('its generation says')
  })
})

describe('tidemark rejected', () => {
  it('shows the newest rejected events with their reason and their bytes, made harmless', async () => {
    await tidemark.oneGeneration()
    await tidemark.append([{ key: null, value: Buffer.from([0xff, 0x1b, 0x5b, 0x32, 0x4a, 0x5c]) }])
    const { stdout, stderr } = await tidemark.run('rejected', '--dataset', 'rsvp')
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      expect.stringMatching(/^rsvp\/0@5 {2}\S+Z {2}the event: not valid UTF-8$/),
      String.raw`  \xff\x1b[2J\\`,
      expect.stringMatching(/^rsvp\/0@3 {2}\S+Z {2}the event: not valid JSON$/),
      String.raw`  {"rsvp_id": "ü\x07`,
    ])
    expect(stderr).toContain('2 of 2 rejected events')
  })

  it('gives the bytes as base64 in JSON', async () => {
    await tidemark.oneGeneration()
    expect(await tidemark.json('rejected', '--dataset', 'rsvp', '--json', '--limit', '1')).toEqual([
      {
        partition: 0,
        offset: '3',
        received_at: expect.any(String),
        reason: 'the event: not valid JSON',
        value: Buffer.from('{"rsvp_id": "ü\u0007').toString('base64'),
      },
    ])
  })

  it('says that none was rejected, and refuses a limit that is none', async () => {
    expect(await tidemark.run('rejected', '--dataset', 'rsvp')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('no event was rejected'),
    })
    expect(await tidemark.run('rejected', '--limit', 'all')).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('tidemark gc', () => {
  it('deletes what no generation needs, and nothing in a dry run', async () => {
    Object.assign(tidemark.env, { GC_KEEP_GENERATIONS: '1', GC_GRACE_MS: '1' })
    await tidemark.append([rsvpRecord({ id: 1 })])
    await tidemark.run('batch', 'run')
    await tidemark.run('batch', 'run', '--rebuild')
    const before = await folders()
    const dry = await tidemark.run('gc', '--dataset', 'rsvp', '--dry-run')
    expect(dry.stderr).toMatch(/rsvp: \d+ files of .* would be deleted/)
    expect(await folders()).toEqual(before)
    const ran = await tidemark.run('gc', '--dataset', 'rsvp')
    expect(ran.stdout).toBe(dry.stdout)
    expect(await folders()).toEqual(['0000000002'])
    expect(await tidemark.json('gc', '--dataset', 'rsvp', '--json')).toEqual([
      {
        dataset: 'rsvp',
        is_dry_run: false,
        bytes: 0,
        deleted: [],
        young: 0,
        kept: [{ declaration: rsvp.hash, generation: 2, files: expect.any(Number), bytes: expect.any(Number) }],
      },
    ])
    expect(await tidemark.run('verify', '--dataset', 'rsvp')).toMatchObject({ code: 0 })
  })

  it('refuses to forget a declaration that has no file, or is the one that is loaded', async () => {
    await tidemark.oneGeneration()
    expect(await tidemark.run('gc', '--dataset', 'rsvp', '--forget', 'abc')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--forget abc: there is no file of this declaration'),
    })
    expect(await tidemark.run('gc', '--dataset', 'rsvp', '--forget', rsvp.hash)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('this is the declaration that is loaded here'),
    })
  })

  async function folders(): Promise<readonly string[]> {
    return await readdir(join(tidemark.folder, 'store', 'rsvp'))
  }
})

describe('every command', () => {
  it.each(['query', 'datasets', 'files', 'status', 'verify', 'rejected', 'gc', 'doctor'])(
    '%s refuses a configuration with all its faults at once',
    async (command) => {
      tidemark.env['PORT'] = 'high'
      tidemark.env['TIDEMARK_DATADIR'] = 'here'
      const { code, stdout, stderr } = await tidemark.run(command, ...(command === 'query' ? ['SELECT 1'] : []))
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain('PORT')
      expect(stderr).toContain('TIDEMARK_DATADIR')
    },
  )

  it.each(['datasets', 'files', 'status', 'verify', 'rejected', 'gc'])(
    '%s names the datasets there are when asked for another',
    async (command) => {
      expect(await tidemark.run(command, '--dataset', 'nothing')).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/there is no dataset nothing; there are .*rsvp/),
      })
    },
  )
})
