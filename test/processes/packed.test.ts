import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { askSql } from '../support/ask.ts'
import { copyCheckout } from '../support/copied-checkout.ts'
import { ownedModule } from '../support/owned-datasets.ts'
import { Processes, root } from '../support/tidemark-process.ts'

const Packed = z.tuple([
  z.object({ filename: z.string(), size: z.number(), files: z.array(z.object({ path: z.string() })) }),
])
const LockedPackages = z.record(z.string(), z.looseObject({ dev: z.boolean().optional() }))
const Manifest = z.object({ version: z.string() })
const Lockfile = z.looseObject({ packages: LockedPackages })

const run = promisify(execFile)

let packed: z.infer<typeof Packed>[0]
/** Empty but for the package. */
let folder: string
let processes: Processes
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-installed-'))
  const checkout = await copyCheckout([
    'package-lock.json',
    'README.md',
    'ARCHITECTURE.md',
    'CHANGELOG.md',
    'LICENSE',
    'test/tidy',
  ])
  try {
    const { stdout } = await run('npm', ['pack', '--json'], { cwd: checkout.folder })
    packed = Packed.parse(JSON.parse(stdout))[0]
    await rename(join(checkout.folder, packed.filename), join(folder, packed.filename))
    await lockPackages(await readFile(join(checkout.folder, 'package-lock.json'), 'utf8'))
  } finally {
    await checkout.remove()
  }
  await run('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder })
  processes = await Processes.open(join(folder, 'node_modules/tidemark'), folder)
}, 240_000)
afterAll(async () => {
  await processes?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Installs the versions that the tests run with, from npm's cache where it has them; none of the development's. */
async function lockPackages(lockfile: string): Promise<void> {
  const { packages, ...rest } = Lockfile.parse(JSON.parse(lockfile))
  const { '': own, ...others } = packages
  const project = { dependencies: { tidemark: `file:${packed.filename}` } }
  const needed = Object.fromEntries(Object.entries(others).filter(([, { dev }]) => dev !== true))
  const tidemark = { ...own, devDependencies: undefined, resolved: `file:${packed.filename}` }
  const locked = { ...rest, packages: { '': project, 'node_modules/tidemark': tidemark, ...needed } }
  await writeFile(join(folder, 'package.json'), JSON.stringify(project))
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(locked))
}

describe('the package that npm packs in a fresh clone', () => {
  it('holds what was built, the pages and the types of a declaration, and neither sources nor tests', () => {
    const paths = packed.files.map(({ path }) => path)
    expect(paths).toEqual(expect.arrayContaining(['dist/cli/tidemark.cjs', 'README.md', 'LICENSE']))
    expect(paths).toEqual(expect.arrayContaining(['dist/serving/dashboard/index.html', 'dist/schemas/rsvp/dataset.js']))
    expect(paths).toContain('dist/schemas/declare/tidemark.d.ts')
    expect(paths.filter((path) => /(?<!\.d)\.ts$|^test\/|^dist\/(test|bench)\/|\.map$/.test(path))).toEqual([])
    expect(packed.size).toBeLessThan(1_000_000)
  })

  it('runs where nothing else is: its version, a service that gets ready, and a query', async () => {
    const { version } = Manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
    const bin = join(folder, 'node_modules/.bin/tidemark')
    expect((await run(bin, ['--version'], { cwd: folder })).stdout).toBe(`${version}\n`)

    const env = { TIDEMARK_DATA_DIR: processes.newDataFolder() }
    const service = processes.start(['start'], env)
    const url = (await service.untilSaid(/answers at (http:\S+)/))[1] ?? ''
    await service.untilSaid(/Ctrl-C ends it/)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect((await askSql(url, 'SELECT count(*) AS n FROM rsvp.rsvp')).rows).toEqual([{ n: 0 }])
    expect((await fetch(url)).headers.get('content-type')).toContain('text/html')
    expect((await service.stop()).code).toBe(130)

    const args = ['query', 'SELECT count(*) AS n FROM rsvp.rsvp', '--format', 'csv']
    const { stdout } = await run(bin, args, { cwd: folder, env: { ...process.env, ...env } })
    expect(stdout.replaceAll('\r\n', '\n')).toBe('n\n0\n')
  })

  it('is imported by a dataset beside it, which editors check against the types, and answers a question of it', async () => {
    await mkdir(join(folder, 'shop'))
    await writeFile(join(folder, 'shop/dataset.ts'), ownedModule('shop'))
    await writeFile(join(folder, 'events.ndjson'), '{"id":1,"at":1}\n')
    const bin = join(folder, 'node_modules/.bin/tidemark')
    const env = { ...process.env, TIDEMARK_DATA_DIR: processes.newDataFolder(), TIDEMARK_DATASETS: './shop' }
    await run(bin, ['ingest', 'events.ndjson'], { cwd: folder, env })
    const asked = await run(bin, ['query', 'SELECT id FROM shop.thing', '--format', 'csv'], { cwd: folder, env })
    expect(asked.stdout.replaceAll('\r\n', '\n')).toBe('id\n1\n')

    expect(await typeFaults()).toBe('')
    await writeFile(join(folder, 'shop/dataset.ts'), ownedModule('shop', "topik: 'shop'"))
    expect(await typeFaults()).toMatch(/shop\/dataset\.ts.*'topik' does not exist in type 'Dataset'/)
  })
})

/** What a compiler says of the dataset in the folder, as an editor would. */
async function typeFaults(): Promise<string> {
  const compiler = join(root, 'node_modules/.bin/tsc')
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', '']
  return await run(compiler, [...options, 'shop/dataset.ts'], { cwd: folder }).then(
    ({ stdout }) => stdout,
    (error: unknown) => z.object({ stdout: z.string() }).parse(error).stdout,
  )
}
