import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path/posix'

const ignored = new Set(['node_modules', 'dist', 'data', 'coverage', '.git'])

/** The files and folders of a checkout, and the texts of its pages. */
export type Repository = { readonly paths: ReadonlySet<string>; readonly pages: ReadonlyMap<string, string> }

/** What is wrong with a page; `path` is relative to the repository. */
export type PageRule = (
  page: { readonly path: string; readonly text: string },
  paths: Repository['paths'],
) => readonly string[]

export async function loadRepository(root: string): Promise<Repository> {
  const paths = await pathsUnder(root, '')
  const pages = paths.filter((path) => path.endsWith('.md'))
  const texts = await Promise.all(pages.map(async (path) => [path, await readFile(join(root, path), 'utf8')] as const))
  return { paths: new Set(paths), pages: new Map(texts) }
}

async function pathsUnder(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const found = await Promise.all(
    entries.map(async (entry) => {
      if (ignored.has(entry.name)) return []
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      return entry.isDirectory() ? [path, ...(await pathsUnder(root, path))] : [path]
    }),
  )
  return found.flat()
}

/** Links to other pages and files lead somewhere; what lies on the web is not asked. */
export const linksResolve: PageRule = ({ path, text }, paths) =>
  [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^(https?:|#)/.test(target))
    .filter((target) => !paths.has(normalize(join(dirname(path), target.replace(/#.*$/, ''))).replace(/\/$/, '')))
    .map((target) => `${path}: there is no ${target}`)

/**
 * A path in backticks that begins with a folder of the repository is there, and so is a lone name of a source file,
 * somewhere. `<name>` and `*` stand for anything; a page that shows a file to be written may name it.
 */
export const namedPathsExist: PageRule = ({ path, text }, paths) => {
  const shown = new Set([...text.matchAll(/^`([\w./-]+)`\n\n```/gm)].map(([, name]) => name))
  const topFolders = new Set([...paths].filter((name) => name.includes('/')).map((name) => name.split('/')[0]))
  const names = [...withoutBlocks(text).matchAll(/`([^`\s]+)`/g)].map(([, name = '']) => name)
  return names
    .filter((name) => !shown.has(name) && (isLoneSource(name) || (topFolders.has(name.split('/')[0]) && isPath(name))))
    .filter((name) => !exists(name, paths))
    .map((name) => `${path}: there is no ${name}`)
}

/** What the shell blocks of a page call is there: scripts of package.json, files, and tests by the name that they filter. */
export function commandsAreThere(scripts: ReadonlySet<string>, read: (path: string) => string): PageRule {
  return ({ path, text }, paths) => {
    const commands = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.split('\n'))
    return commands.flatMap((command) => {
      const called = [...command.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script = '']) => script)
      const files = [...command.matchAll(/(?<=^|\s)(?:test|\.ci)\/[\w./-]+/g)].map(([file]) => file)
      const [, filter = ''] = / -t '([^']+)'/.exec(command) ?? []
      return [
        ...called.filter((script) => !scripts.has(script)).map((script) => `${path}: there is no script ${script}`),
        ...files.filter((file) => !paths.has(file)).map((file) => `${path}: there is no ${file}`),
        ...files
          .filter((file) => file.endsWith('.test.ts') && paths.has(file) && !read(file).includes(filter))
          .map((file) => `${path}: ${file} has no test of '${filter}'`),
      ]
    })
  }
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '')
}

function isPath(name: string): boolean {
  return /^[\w.-]+\/[\w./<>*{},-]*$/.test(name)
}

function isLoneSource(name: string): boolean {
  return /^[\w.-]+\.(ts|cts|mjs|sql)$/.test(name)
}

function exists(name: string, paths: ReadonlySet<string>): boolean {
  const pattern = name
    .replace(/\/$/, '')
    .replaceAll(/[.+?^$()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/<\w+>|\*/g, '[^/]+')
    .replaceAll(/\{([^}]*)\}/g, (_, names: string) => `(${names.replaceAll(',', '|')})`)
  const found = new RegExp(isLoneSource(name) ? `(^|/)${pattern}$` : `^${pattern}$`)
  return [...paths].some((path) => found.test(path))
}
