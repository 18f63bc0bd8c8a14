import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ObjectBody, ObjectCheck, ObjectStore, StoredObject } from '../../schemas/ports/store.ts'
import { unchecked } from '../fakes/unchecked.ts'

export type StoreUnderTest = {
  readonly store: ObjectStore
  /** Whether `withFiles` hands out copies, which are gone afterwards, or the objects themselves. */
  readonly filesAreCopies: boolean
  close(): Promise<void>
}

const mebibyte = 1024 * 1024

/** What every adapter of the store port keeps. */
export function describeStore(title: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${title}, as every store`, () => {
    let under: StoreUnderTest
    let store: ObjectStore
    /** A folder of its own for each test. */
    let at: string

    beforeAll(async () => {
      under = await open()
      store = under.store
    })
    afterAll(async () => {
      await under?.close()
    })
    beforeEach(() => {
      at = `contract/${randomUUID()}`
    })

    it('gives back the bytes that were put, of any value and of none', async () => {
      const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      expect(await store.putIfAbsent(`${at}/every`, every)).toBe('created')
      expect(await store.putIfAbsent(`${at}/none`, new Uint8Array())).toBe('created')
      expect(await bytesAt(`${at}/every`)).toEqual(Buffer.from(every))
      expect(await bytesAt(`${at}/none`)).toEqual(Buffer.alloc(0))
    })

    it('takes 6 MiB from memory and from a file, byte for byte', async () => {
      const body = patterned(6 * mebibyte)
      await withFile(body, async (file) => {
        expect(await store.putIfAbsent(`${at}/memory`, body)).toBe('created')
        expect(await store.putIfAbsent(`${at}/file`, { file })).toBe('created')
        expect(await store.putIfAbsent(`${at}/file`, { file })).toBe('exists')
        expect((await readFile(file)).equals(body)).toBe(true)
      })
      expect((await bytesAt(`${at}/memory`)).equals(body)).toBe(true)
      expect((await bytesAt(`${at}/file`)).equals(body)).toBe(true)
    })

    it('never overwrites', async () => {
      expect(await put('a', 'first')).toBe('created')
      expect(await put('a', 'second')).toBe('exists')
      expect(await put('a', 'first')).toBe('exists')
      expect(await textAt('a')).toBe('first')
    })

    it.each([
      { size: 'small', bytes: 1_000, racers: 24 },
      { size: '6 MiB', bytes: 6 * mebibyte, racers: 6 },
    ])('has one winner of a race within a process, $size bodies', async ({ bytes, racers }) => {
      const bodies = Array.from({ length: racers }, (_, racer) => Buffer.alloc(bytes, racer))
      const outcomes = await Promise.all(bodies.map((body) => store.putIfAbsent(`${at}/raced`, body)))
      const winners = bodies.filter((_, racer) => outcomes[racer] === 'created')
      expect(winners).toHaveLength(1)
      expect(winners[0]?.equals(await bytesAt(`${at}/raced`))).toBe(true)
    })

    it('answers null for what is not there, and for a folder', async () => {
      await put('folder/a', 'x')
      expect(await store.read(`${at}/missing`)).toBeNull()
      expect(await store.read(`${at}/folder`)).toBeNull()
      expect(await store.read(`${at}/folder/a/below`)).toBeNull()
    })

    it('tells whether there is an object, also an empty one, and that a folder is none', async () => {
      await put('folder/a', 'x')
      expect(await store.putIfAbsent(`${at}/none`, new Uint8Array())).toBe('created')
      const keys = ['folder/a', 'none', 'missing', 'folder', 'folder/a/below']
      expect(await Promise.all(keys.map((key) => store.has(`${at}/${key}`)))).toEqual([true, true, false, false, false])
      await store.delete(`${at}/folder/a`)
      expect(await store.has(`${at}/folder/a`)).toBe(false)
    })

    it('lists in key order, with size and time', async () => {
      const names = ['b', 'a/z', 'a-b', 'a.b', 'a0', 'a/b/c', 'A', 'a=1/x', 'a_b', '0']
      for (const name of names) await put(name, name)
      const objects = await collect(store.list(`${at}/`))
      expect(namesOf(objects)).toEqual(['0', 'A', 'a-b', 'a.b', 'a/b/c', 'a/z', 'a0', 'a=1/x', 'a_b', 'b'])
      expect(objects.map(({ bytes }) => bytes)).toEqual([1, 1, 3, 3, 5, 3, 2, 5, 3, 1])
      const dayMs = 24 * 60 * 60 * 1000
      for (const { modifiedAt } of objects) expect(Math.abs(modifiedAt.getTime() - Date.now())).toBeLessThan(dayMs)
    })

    it('lists a prefix, which may end within a name, and what comes after a key', async () => {
      for (const name of ['m/1', 'm/2', 'm/20/a', 'm/21', 'm/3', 'mm/2', 'n/2']) await put(name, name)
      expect(await listed('m/2')).toEqual(['m/2', 'm/20/a', 'm/21'])
      expect(await listed('m')).toEqual(['m/1', 'm/2', 'm/20/a', 'm/21', 'm/3', 'mm/2'])
      expect(await listed('m/', 'm/2')).toEqual(['m/20/a', 'm/21', 'm/3'])
      expect(await listed('m/', 'm/20')).toEqual(['m/20/a', 'm/21', 'm/3'])
      expect(await listed('m/', 'm/20/a')).toEqual(['m/21', 'm/3'])
      expect(await listed('n/', 'm/3')).toEqual(['n/2'])
      expect(await listed('m/', 'n/2')).toEqual([])
      expect(await listed('missing/')).toEqual([])
    })

    it('lists everything, also where it takes more than one page', async () => {
      const names = Array.from({ length: 1_050 }, (_, index) => String(index).padStart(5, '0'))
      await inBatches(names, 50, (name) => put(name, ''))
      expect(namesOf(await collect(store.list(`${at}/`)))).toEqual(names)
      expect(namesOf(await collect(store.list(`${at}/`, `${at}/01000`)))).toEqual(names.slice(1_001))
    })

    it('can be left in the middle of a list', async () => {
      for (const name of ['a', 'b', 'c']) await put(name, name)
      for await (const { key } of store.list(`${at}/`)) {
        expect(key).toBe(`${at}/a`)
        break
      }
    })

    it('deletes, and is content to delete what is not there', async () => {
      await put('a/b', 'x')
      await put('a/c', 'y')
      await store.delete(`${at}/a/b`)
      await store.delete(`${at}/a/b`)
      await store.delete(`${at}/never/there`)
      expect(await store.read(`${at}/a/b`)).toBeNull()
      expect(namesOf(await collect(store.list(`${at}/`)))).toEqual(['a/c'])
      expect(await put('a/b', 'again')).toBe('created')
      expect(await textAt('a/b')).toBe('again')
    })

    it('hands out files with the objects’ bytes in the order asked, and cleans up', async () => {
      for (const name of ['1', '2', '3']) await put(name, `body ${name}`)
      const keys = ['3', '1', '2', '3'].map((name) => `${at}/${name}`)
      const seen = await store.withFiles(keys.map(unchecked), async (paths) => {
        const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')))
        expect(texts).toEqual(['body 3', 'body 1', 'body 2', 'body 3'])
        return paths
      })
      expect(seen.map((path) => existsSync(path))).toEqual(seen.map(() => !under.filesAreCopies))
      expect(await textAt('1')).toBe('body 1')
    })

    it('cleans up the files where their user throws, and lets the error through', async () => {
      await put('a', 'x')
      let path = ''
      const failing = store.withFiles([unchecked(`${at}/a`)], async (paths) => {
        path = paths[0] ?? ''
        throw new RangeError('of the user')
      })
      await expect(failing).rejects.toThrow(new RangeError('of the user'))
      expect(existsSync(path)).toBe(!under.filesAreCopies)
    })

    it('names the first object that is missing instead of handing out files', async () => {
      await put('a', 'x')
      let isUsed = false
      const use = async (): Promise<void> => {
        isUsed = true
      }
      await expect(store.withFiles([`${at}/a`, `${at}/missing`].map(unchecked), use)).rejects.toMatchObject({
        code: 'OBJECT_MISSING',
        message: expect.stringContaining(`${at}/missing`),
      })
      expect(isUsed).toBe(false)
      expect(await store.withFiles([], async (paths) => paths.length)).toBe(0)
    })

    it('fetches a bad copy again, once, and calls the object damaged where the second is bad too', async () => {
      await put('a', 'x')
      const checked = (badCopies: number) => {
        const bodies: ObjectBody[] = []
        const isWhole = async (copy: ObjectBody) => bodies.push(copy) > badCopies
        const check: ObjectCheck = { isWhole, fault: { code: 'CHUNK_CORRUPT', mend: 'mend it' } }
        return { object: { key: `${at}/a`, check }, bodies }
      }
      const damaged = {
        code: 'CHUNK_CORRUPT',
        message: expect.stringMatching(new RegExp(`^${at}/a is damaged in .*: mend it$`)),
      }
      const [read, files, twice] = [checked(1), checked(1), checked(2)]
      expect(Buffer.from((await store.read(`${at}/a`, read.object.check)) ?? [])).toEqual(Buffer.from('x'))
      expect(read.bodies).toHaveLength(2)
      expect(await store.withFiles([files.object], ([path = '']) => readFile(path, 'utf8'))).toBe('x')
      expect(files.bodies).toHaveLength(2)
      await expect(store.read(`${at}/a`, twice.object.check)).rejects.toMatchObject(damaged)
      await expect(store.withFiles([checked(3).object], async () => {})).rejects.toMatchObject(damaged)
      expect(await store.read(`${at}/missing`, checked(2).object.check)).toBeNull()
    })

    it.each([
      '',
      '/a',
      'a/',
      'a//b',
      '../a',
      'a/../b',
      '.',
      'a/./b',
      'a\\b',
      'a b',
      'café',
      'a\0b',
      '~temporary/x',
      'C:',
    ])('refuses %j as a key', async (key) => {
      await expect(store.putIfAbsent(key, new Uint8Array())).rejects.toThrow(TypeError)
      await expect(store.read(key)).rejects.toThrow(TypeError)
      await expect(store.delete(key)).rejects.toThrow(TypeError)
      await expect(store.withFiles([unchecked(key)], async () => {})).rejects.toThrow(TypeError)
    })

    it.each(['../', 'a/../', '/', 'a//', 'ü'])('refuses %j as a prefix', async (prefix) => {
      await expect(collect(store.list(prefix))).rejects.toThrow(TypeError)
    })

    it('takes metadata of printable ASCII only', async () => {
      expect(await store.putIfAbsent(`${at}/a`, new Uint8Array(), { 'next-offset': '17', log: 'a b~' })).toBe('created')
      await expect(store.putIfAbsent(`${at}/b`, new Uint8Array(), { name: 'café' })).rejects.toThrow(TypeError)
      await expect(store.putIfAbsent(`${at}/b`, new Uint8Array(), { 'Not Lower': 'x' })).rejects.toThrow(TypeError)
      expect(await store.read(`${at}/b`)).toBeNull()
    })

    it('does not keep the caller’s buffer', async () => {
      const body = Buffer.from('before')
      await store.putIfAbsent(`${at}/a`, body)
      body.write('AFTER!')
      expect(await textAt('a')).toBe('before')
    })

    const put = (name: string, text: string) => store.putIfAbsent(`${at}/${name}`, Buffer.from(text))

    const textAt = async (name: string): Promise<string> => (await bytesAt(`${at}/${name}`)).toString()

    const namesOf = (objects: readonly StoredObject[]) => objects.map(({ key }) => key.slice(at.length + 1))

    async function listed(prefix: string, after?: string): Promise<readonly string[]> {
      return namesOf(await collect(store.list(`${at}/${prefix}`, after === undefined ? undefined : `${at}/${after}`)))
    }

    async function bytesAt(key: string): Promise<Buffer> {
      const body = await store.read(key)
      if (body === null) throw new Error(`${key} is missing`)
      return Buffer.from(body)
    }
  })
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of source) all.push(item)
  return all
}

function patterned(bytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + (index >> 8)) & 0xff))
}

async function withFile(body: Uint8Array, use: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-body-'))
  try {
    await writeFile(join(folder, 'body'), body)
    await use(join(folder, 'body'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function inBatches<T>(items: readonly T[], size: number, action: (item: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += size) await Promise.all(items.slice(from, from + size).map(action))
}
