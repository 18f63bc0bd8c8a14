import { readFile, realpath, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createJiti } from 'jiti'
import { z } from 'zod'
import { isModulePath } from './dataset-list.ts'
import { hasCode, isErrno } from '../errors.ts'
import * as tidemark from './tidemark.ts'

/** In this order: of a module that was compiled beside its source, the source counts. */
const moduleNames = ['dataset.ts', 'dataset.js'] as const

const Package = z.object({ version: z.string() })

/** The module that declares a dataset, or why there is none. */
export async function findOwnedModule(path: string): Promise<{ readonly file: string } | { readonly fault: string }> {
  const found = await kindOf(path)
  if (found === 'unreadable') return { fault: 'its folder or file cannot be read' }
  if (found === 'nothing')
    return { fault: 'there is no such folder or file; relative paths begin at the working directory' }
  if (found === 'file')
    return isModulePath(path)
      ? { file: await realpath(path) }
      : { fault: 'it is no module: one ends in .ts, .js, .mts or .mjs' }
  for (const name of moduleNames)
    if ((await kindOf(join(path, name))) === 'file') return { file: await realpath(join(path, name)) }
  return { fault: 'its folder has no dataset.ts and no dataset.js: write one that exports the dataset as its default' }
}

/**
 * Imports a module that its owner wrote, TypeScript or not, with all that it imports. `tidemark` is the running
 * Tidemark, wherever the module lies; `zod` is its owner's own, if that is a zod 4, and ours otherwise. Nothing is
 * written to disk.
 */
export async function importOwnedModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  const jiti = createJiti(file, {
    fsCache: false,
    interopDefault: false,
    virtualModules: { tidemark },
    alias: (await hasOwnZod(file)) ? {} : { zod: ourZod() },
  })
  try {
    return await jiti.import<Record<string, unknown>>(file)
  } catch (cause) {
    if (hasCode(cause, 'DATASET_FAULTY')) throw cause
    throw new Error(withPlace(cause, dirname(file)), { cause })
  }
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'nothing' | 'unreadable'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    // Such as a link to itself, a name that is too long, or a folder of somebody else's.
    return isErrno(error, 'ENOENT', 'ENOTDIR') ? 'nothing' : 'unreadable'
  }
}

async function hasOwnZod(file: string): Promise<boolean> {
  try {
    const manifest = createRequire(file).resolve('zod/package.json')
    return Package.parse(JSON.parse(await readFile(manifest, 'utf8'))).version.startsWith('4.')
  } catch (error) {
    if (isErrno(error, 'MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED')) return false
    throw error
  }
}

function ourZod(): string {
  return dirname(createRequire(import.meta.url).resolve('zod/package.json'))
}

/** One line that says what is wrong and, if the owner's own code was running, in which of its lines. */
function withPlace(error: unknown, folder: string): string {
  if (!(error instanceof Error)) return String(error)
  const message = error.message.replace(/\nRequire stack:[^]*/, '').replaceAll(/\s+/g, ' ')
  // Lines are those of the source. Columns are not.
  const places = error.stack?.split('\n').map((line) => /\/[^:]*:\d+(?=:\d+\)?$)/.exec(line)?.[0] ?? '')
  const place = places?.find((each) => each.startsWith(folder))
  return place === undefined || message.includes(folder) ? message : `${message} (${place})`
}
