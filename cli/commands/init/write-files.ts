import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isThere } from '../../../connectors/disk/is-there.ts'
import { AppError } from '../../../schemas/errors.ts'

export type FilesToWrite = {
  readonly folder: string
  /** By path below the folder. */
  readonly files: Readonly<Record<string, string>>
  readonly mayOverwrite: boolean
}

/** Writes all files, or none of them: throws USAGE if one is there already and may not be overwritten. */
export async function writeFiles({ folder, files, mayOverwrite }: FilesToWrite): Promise<void> {
  const paths = Object.entries(files).map(([path, text]) => ({ path: join(folder, path), text }))
  for (const { path } of mayOverwrite ? [] : paths)
    if (await isThere(path))
      throw new AppError('USAGE', `${path} is there already: --force overwrites it, --out names another folder`)
  for (const { path, text } of paths) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
}
