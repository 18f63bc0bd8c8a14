import type { Session } from '../ports/engine.ts'
import { AppError } from '../errors.ts'
import { tableFault } from './manifest.ts'
import type { DataFile } from './manifest.ts'
import { literal } from '../sql/sql-text.ts'

/**
 * Runs what reads files of tables. Where the engine fails, a file that cannot be read is named. Only one that a generation
 * of format 1 made can be at fault: all others are what their digests say.
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
    // To make the hash every byte must be read.
    await session.rows(`SELECT count(*), bit_xor(hash(f)) FROM read_parquet(${literal(path)}) f`)
  } catch (cause) {
    throw new AppError(tableFault.code, `${key} cannot be read to its end: ${tableFault.mend}`, { cause })
  }
}
