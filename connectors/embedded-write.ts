import { AppError } from '../schemas/errors.ts'
import type { EmbeddedDatabase } from './embedded-append.ts'

/** Runs `change` under the write lock. Resolves once it is on disk; where it cannot be, nothing of it is there. */
export async function write<T>(db: EmbeddedDatabase, change: () => T): Promise<T> {
  const changing = db.transaction(change)
  // lmdb tells of a failed commit by promises of its own too, one of which nobody could hear: a full disk would end the process.
  hear(db.committed)
  try {
    return await changing
  } catch (error) {
    if (!(error instanceof Error && 'commitError' in error)) throw error
    hear(error.commitError)
    throw new AppError('LOG_UNREACHABLE', 'The embedded log cannot be written. Is its disk full?', { cause: error })
  }
}

function hear(promise: unknown): void {
  Promise.resolve(promise).catch(() => undefined)
}
