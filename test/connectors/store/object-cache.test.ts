import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ObjectCache } from '../../../connectors/store/object-cache.ts'

describe('object cache', () => {
  let folder: string
  let cache: ObjectCache

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-cache-'))
    cache = new ObjectCache({ folder: join(folder, 'objects'), bytesMax: 25 })
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function keep(identity: string, text: string): Promise<void> {
    const path = join(folder, identity)
    await writeFile(path, text)
    await cache.keep(identity, path)
  }

  it('lends what it keeps, and nothing else', async () => {
    expect(await cache.lend('a', join(folder, 'before'))).toBe(false)
    await keep('a', 'bytes of a')
    expect(await cache.lend('a', join(folder, 'after'))).toBe(true)
    expect(await readFile(join(folder, 'after'), 'utf8')).toBe('bytes of a')
    expect(await cache.lend('b', join(folder, 'other'))).toBe(false)
  })

  it('keeps an object once when two processes fetch it', async () => {
    await keep('a', 'bytes of a')
    const second = join(folder, 'second')
    await writeFile(second, 'bytes of a')
    await cache.keep('a', second)
    expect(await cache.lend('a', join(folder, 'lent'))).toBe(true)
  })

  it('gives up what was used the longest ago, and what it lent stays readable', async () => {
    for (const [index, identity] of ['old', 'used', 'new'].entries()) {
      await keep(identity, '0123456789')
      await utimes(join(folder, identity), index, index)
    }
    await cache.lend('old', join(folder, 'lent'))
    await cache.trim()
    expect(await cache.lend('used', join(folder, 'again'))).toBe(false)
    expect(await cache.lend('old', join(folder, 'old-again'))).toBe(true)
    expect(await cache.lend('new', join(folder, 'new-again'))).toBe(true)
    expect(await readFile(join(folder, 'lent'), 'utf8')).toBe('0123456789')
  })
})
