import { link, mkdir, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isErrno } from '../../schemas/errors.ts'

/** Links a store in a folder into another one, all that is under these first parts of its keys. */
export async function linkStore(from: string, to: string, parts: readonly string[]): Promise<void> {
  for (const part of parts) await linkObjects(from, to, part, () => true)
}

/** Links the raw chunks of a store that begin below `before`, and the starts of their chains. */
export async function linkRaw(from: string, to: string, before: bigint): Promise<void> {
  await linkObjects(from, to, 'chains', () => true)
  await linkObjects(from, to, 'raw', (name) => BigInt(basename(name, '.parquet')) < before)
}

/** What is there already stays. Objects are never changed in place, so links are as good as copies. */
async function linkObjects(from: string, to: string, part: string, isMeant: (name: string) => boolean): Promise<void> {
  for (const entry of await readdir(join(from, part), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !isMeant(entry.name)) continue
    const source = join(entry.parentPath, entry.name)
    const target = join(to, source.slice(from.length))
    await mkdir(dirname(target), { recursive: true })
    await link(source, target).catch((error: unknown) => {
      if (!isErrno(error, 'EEXIST')) throw error
    })
  }
}
