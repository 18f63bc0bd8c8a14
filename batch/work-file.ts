import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanedUp } from '../schemas/async/clean-up.ts'

/** Calls `use` with the name of a new Parquet file, and removes the file when it ends. */
export async function withWorkFile<T>(workFolder: string, use: (file: string) => Promise<T>): Promise<T> {
  await mkdir(workFolder, { recursive: true })
  const file = join(workFolder, `${randomUUID()}.parquet`)
  return await cleanedUp(
    () => use(file),
    () => rm(file, { force: true }),
  )
}
