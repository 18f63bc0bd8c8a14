import { link, mkdir, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Links the chain starts of a folder store, and its raw chunks that begin below `before`, into another one. What is
 * there already stays. Objects are never changed in place, so links are as good as copies.
 */
export async function linkStore(from: string, to: string, before: bigint): Promise<void> {
  for (const folder of ['chains', 'raw']) {
    const paths = await readdir(join(from, folder), { recursive: true, withFileTypes: true })
    for (const entry of paths) {
      if (!entry.isFile() || !isMeant(folder, entry.name, before)) continue
      const source = join(entry.parentPath, entry.name)
      const target = join(to, folder, source.slice(join(from, folder).length))
      await mkdir(dirname(target), { recursive: true })
      await link(source, target).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      })
    }
  }
}

function isMeant(folder: string, name: string, before: bigint): boolean {
  return folder !== 'raw' || BigInt(basename(name, '.parquet')) < before
}
