import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './tidemark-process.ts'

/** The files that a build reads. */
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
  'tsconfig.types.json',
  'vite.config.ts',
]

export type CopiedCheckout = {
  readonly folder: string
  remove(): Promise<void>
}

/**
 * Copies the sources into a folder of the test's own, as a clone has them, without built files: a build begins by
 * deleting the built files, which other tests use. `others` are further paths of the repository.
 */
export async function copyCheckout(others: readonly string[] = []): Promise<CopiedCheckout> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-checkout-'))
  for (const path of [...sources, ...others]) await cp(join(root, path), join(folder, path), { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
