import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import { diskFault, mayPass } from '../../schemas/disk-fault.ts'
import { AppError } from '../../schemas/errors.ts'
import { literal } from '../../schemas/sql/sql-text.ts'
import { rejectionOf } from '../support/rejection-of.ts'

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'tidemark-disk-'))
  onTestFinished(() => rm(made, { recursive: true }))
  return made
}

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: it says`), { code, syscall: 'write' })
}

describe('a fault of the disk', () => {
  it.each(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EIO', 'ESTALE', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOTDIR'])(
    'is %s, with what to do about it',
    (code) => {
      expect(diskFault(errno(code))).toMatchObject({
        code: 'DISK_FAILED',
        message: expect.stringMatching(new RegExp(`^a local file cannot be used: ${code}: it says: \\w+`)),
        details: { errno: code },
      })
    },
  )

  it.runIf(process.platform === 'linux')('is what Node says of a full device', async () => {
    const full = await open('/dev/full', 'w')
    const error = await rejectionOf(full.writeFile('x'))
    await full.close()
    expect(diskFault(error)).toMatchObject({ code: 'DISK_FAILED', details: { errno: 'ENOSPC' } })
    expect(mayPass(error)).toBe(true)
  })

  it('is what the engine says of files and folders that it cannot write', async () => {
    const root = await folder()
    await writeFile(join(root, 'file'), '')
    const engine = await openDuckDb({ memoryBytesMax: 20 * 1024 ** 2, threads: 1, spillFolder: join(root, 'file') })
    onTestFinished(() => engine.close())
    const session = await engine.connect()
    const copy = (path: string) => session.run(`COPY (FROM range(9)) TO ${literal(join(root, path))} (FORMAT parquet)`)
    const spill = () => session.run('CREATE TEMP TABLE t AS SELECT hash(range)::VARCHAR AS h FROM range(3_000_000)')
    for (const [work, errnoOf] of [
      [() => copy('none/x'), 'ENOENT'],
      [() => copy('file/x'), 'ENOTDIR'],
      [spill, 'EEXIST'],
    ] as const)
      expect(diskFault(await rejectionOf(work()))).toMatchObject({ code: 'DISK_FAILED', details: { errno: errnoOf } })
    expect(await session.rows('SELECT 1 AS one')).toEqual([{ one: 1 }])
    session.close()
  })

  it.runIf(process.platform === 'linux')('is what the engine says of a full device', async () => {
    const engine = await openDuckDb({ memoryBytesMax: 64 * 1024 ** 2, threads: 1, spillFolder: tmpdir() })
    onTestFinished(() => engine.close())
    const session = await engine.connect()
    const error = await rejectionOf(session.run(`COPY (FROM range(9)) TO '/dev/full' (FORMAT csv, USE_TMP_FILE false)`))
    expect(diskFault(error)).toMatchObject({ code: 'DISK_FAILED', details: { errno: 'ENOSPC' } })
    session.close()
  })

  it('is nothing else: no network, no damage, nothing that was explained before', () => {
    const others = [
      Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' }),
      new Error('Invalid Input Error: No magic bytes found at end of file'),
      new Error('Binder Error: "No such file or directory" is no column'),
      new AppError('STORE_UNREACHABLE', 'folder /x: ENOSPC: no space left on device'),
      'ENOSPC',
      null,
    ]
    expect(others.map(diskFault)).toEqual(others.map(() => null))
  })
})
