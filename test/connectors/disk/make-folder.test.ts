import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeFolder } from '../../../connectors/disk/make-folder.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidemark-folder-'))
})
afterEach(() => rm(root, { recursive: true }))

it('makes a folder and those above it, and says which one is the topmost new one', async () => {
  expect(await makeFolder(join(root, 'a/b/c'))).toBe(join(root, 'a'))
  expect((await stat(join(root, 'a/b/c'))).isDirectory()).toBe(true)
  expect(await makeFolder(join(root, 'a/b/d'))).toBe(join(root, 'a/b/d'))
})

it('leaves what is there as it is, whoever made it', async () => {
  expect(await makeFolder(root)).toBeUndefined()
  const made = await Promise.all(Array.from({ length: 8 }, () => makeFolder(join(root, 'a/b'))))
  expect(made).toContain(join(root, 'a'))
})

it('refuses a path through a file', async () => {
  await writeFile(join(root, 'file'), '')
  await expect(makeFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(makeFolder(join(root, 'file/below'))).rejects.toMatchObject({ code: 'EEXIST' })
})

it.runIf(process.platform === 'linux')('fails at once in a file system that makes no folders', async () => {
  await expect(makeFolder('/proc/tidemark/work')).rejects.toMatchObject({ code: 'ENOENT' })
})
