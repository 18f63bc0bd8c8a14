import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFolderStore } from '../../../connectors/folder/store.ts'
import { temporaryName } from '../../../connectors/disk/temporary-files.ts'
import { collect, describeStore } from '../../contracts/store-contract.ts'
import { describeSharedStore } from '../../contracts/store-race-contract.ts'

const openInNewFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-store-'))
  const store = await openFolderStore({ folder })
  const close = async (): Promise<void> => {
    await store.close()
    await rm(folder, { recursive: true })
  }
  return { store, forProcesses: { folder }, filesAreCopies: false, close }
}

describeStore('folder store', openInNewFolder)
describeSharedStore('folder store', openInNewFolder)

describe('folder store', () => {
  let folder: string
  let temporary: string
  const body = Buffer.from('x')

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-store-'))
    temporary = join(folder, '~temporary')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('leaves no temporary file behind, whoever won and whatever failed', async () => {
    const store = await openFolderStore({ folder })
    await store.putIfAbsent('a', body)
    await store.putIfAbsent('a', body)
    await expect(store.putIfAbsent('b', { file: join(folder, 'missing') })).rejects.toThrow('missing')
    expect(await readdir(temporary)).toEqual([])
  })

  it('never shows temporaries, and removes those of dead processes when opened', async () => {
    await mkdir(temporary, { recursive: true })
    const gone = spawn(process.execPath, ['-e', ''])
    await once(gone, 'exit')
    const dead = `${hostname()}~${gone.pid}~1~x`
    const recycledId = `${hostname()}~${process.pid}~1~x`
    const [live, foreign, foreignOld] = [temporaryName(), 'elsewhere~1~1~x', 'elsewhere~1~1~y']
    for (const name of [dead, recycledId, live, foreign, foreignOld]) await writeFile(join(temporary, name), 'torn')
    await utimes(join(temporary, foreignOld), 1, 1)
    const store = await openFolderStore({ folder })
    expect(await readdir(temporary)).toEqual([foreign, live].toSorted())
    expect(await collect(store.list(''))).toEqual([])
  })

  it('keeps objects whole or absent when a process that puts is killed', async () => {
    const bytes = 1024 * 1024
    const script = fileURLToPath(new URL('../../contracts/put-process.mjs', import.meta.url))
    const keys = Array.from({ length: 2_000 }, (_, key) => `k/${key}`)
    const args = [`--store=${JSON.stringify({ folder })}`, '--writer=w', `--keys=${keys.join(',')}`, `--bytes=${bytes}`]
    const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    const exit = once(child, 'exit')
    child.stdin.end('go\n')
    let printed = ''
    for await (const chunk of child.stdout) {
      printed += String(chunk)
      if (printed.split('created').length > 5) child.kill('SIGKILL')
    }
    await exit
    const acknowledged = printed.split('created').length - 1
    const store = await openFolderStore({ folder })
    const objects = await collect(store.list('k/'))
    expect(objects.length).toBeGreaterThanOrEqual(acknowledged)
    expect(objects.map((object) => object.bytes)).toEqual(objects.map(() => bytes))
    expect(await readdir(temporary)).toEqual([])
  })

  it.runIf(existsSync('/dev/shm'))('takes a body from another file system', async () => {
    const other = await mkdtemp('/dev/shm/tidemark-body-')
    try {
      await writeFile(join(other, 'body'), body)
      const store = await openFolderStore({ folder })
      expect(await store.putIfAbsent('a', { file: join(other, 'body') })).toBe('created')
      expect(await store.read('a')).toEqual(body)
    } finally {
      await rm(other, { recursive: true })
    }
  })

  it('refuses to make a key where a folder of keys is', async () => {
    const store = await openFolderStore({ folder })
    await store.putIfAbsent('y/z', body)
    await expect(store.putIfAbsent('y', body)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
    expect(await store.read('y/z')).toEqual(body)
  })

  it('removes the folders that a delete leaves empty, also while others put into them', async () => {
    const stores = await Promise.all([openFolderStore({ folder }), openFolderStore({ folder })])
    const putAndDelete = async (worker: number): Promise<void> => {
      for (let round = 0; round < 50; round += 1) {
        const store = stores[worker % 2] ?? stores[0]
        expect(await store.putIfAbsent(`d/e/${worker}`, body)).toBe('created')
        await store.delete(`d/e/${worker}`)
      }
    }
    await Promise.all([0, 1, 2, 3].map(putAndDelete))
    expect(await readdir(folder)).toEqual(['~temporary'])
  })

  it('names the folder when it cannot be used', async () => {
    await writeFile(join(folder, 'file'), '')
    await expect(openFolderStore({ folder: join(folder, 'file') })).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining(join(folder, 'file')),
    })
  })

  it('addresses an object by its absolute path', async () => {
    const store = await openFolderStore({ folder })
    expect(store.url('a/b')).toBe(join(folder, 'a/b'))
    expect(store.description).toBe(`folder ${folder}`)
  })
})
