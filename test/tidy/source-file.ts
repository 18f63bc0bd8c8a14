import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

/** `path` is relative to the repository, with `/` between its parts. */
export type SourceFile = { readonly path: string; readonly text: string }

/** What each layer may import besides itself. A folder that is not named here holds no source. */
export const layers: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  connectors: ['schemas'],
  speed: ['schemas'],
  batch: ['schemas'],
  serving: ['schemas'],
  cli: ['schemas', 'connectors', 'speed', 'batch', 'serving'],
  bench: ['schemas', 'connectors', 'speed', 'batch', 'serving', 'cli', 'test'],
  test: ['schemas', 'connectors', 'speed', 'batch', 'serving', 'cli', 'bench', 'dist'],
}

const codeExtensions = ['.ts', '.cts', '.mts', '.js', '.cjs', '.mjs']
const textExtensions = [...codeExtensions, '.sql', '.html', '.css']
const folderNamesWithoutSource = ['node_modules', 'dist', 'data', 'coverage']

export function isCode(path: string): boolean {
  return codeExtensions.includes(extname(path))
}

export function layerOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : ''
}

/** Every source file of the repository, those of folders that no layer names included. */
export async function loadSources(root: string): Promise<readonly SourceFile[]> {
  const paths = await sourcePaths(root, root)
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })))
}

async function sourcePaths(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name)
      if (entry.isFile())
        return textExtensions.includes(extname(path)) ? [relative(root, path).split(sep).join('/')] : []
      const holdsSource =
        entry.isDirectory() && !entry.name.startsWith('.') && !folderNamesWithoutSource.includes(entry.name)
      return holdsSource ? sourcePaths(root, path) : []
    }),
  )
  return found.flat()
}
