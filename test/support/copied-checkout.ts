import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './tidemark-process.ts'

/** What a build reads. */
const sources = [
  'schemas',
  'connectors',
  'speed',
  'batch',
  'serving',
  'cli',
  'recordings',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'vite.config.ts',
]

export type CopiedCheckout = {
  readonly folder: string
  remove(): Promise<void>
}

/**
 * The sources as a clone has them, nothing built, in a folder of the test's own: a build begins by deleting what was built,
 * which other tests are using. `others` are further paths of the repository.
 */
export async function copyCheckout(others: readonly string[] = []): Promise<CopiedCheckout> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-checkout-'))
  for (const path of [...sources, ...others]) await cp(join(root, path), join(folder, path), { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
