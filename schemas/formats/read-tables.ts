import type { Session } from '../ports/engine.ts'
import { AppError } from '../errors.ts'
import { tableFault } from './manifest.ts'
import type { DataFile } from './manifest.ts'
import { literal } from '../sql/sql-text.ts'

/**
 * Runs `use`, which reads files of tables. If the engine fails, throws an error that names the file that cannot be
 * read. Only a file that a generation of format 1 made can be at fault; all others were checked by their digests.
 */
export async function namingUnreadable<T>(
  session: Session,
  { files, paths }: { readonly files: readonly DataFile[]; readonly paths: readonly string[] },
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use()
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    for (const [index, { key, sha256 }] of files.entries())
      if (sha256 === null) await requireReadable(session, key, paths[index] ?? '')
    throw cause
  }
}

async function requireReadable(session: Session, key: string, path: string): Promise<void> {
  try {
    // The hash makes the engine read every byte.
    await session.rows(`SELECT count(*), bit_xor(hash(f)) FROM read_parquet(${literal(path)}) f`)
  } catch (cause) {
    throw new AppError(tableFault.code, `${key} cannot be read to its end: ${tableFault.mend}`, { cause })
  }
}
