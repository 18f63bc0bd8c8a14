import { AppError } from '../schemas/errors.ts'
import type { EmbeddedDatabase } from './embedded-append.ts'
import type { WriteGuard } from './write-guard.ts'

export type GuardedDatabase = { readonly db: EmbeddedDatabase; readonly guard: WriteGuard }

/** Runs `change` under the write lock. Resolves once it is on disk; where it cannot be, nothing of it is there. */
export async function write<T>({ db, guard }: GuardedDatabase, change: () => T): Promise<T> {
  try {
    return await guard.hold(() => db.transaction(change))
  } catch (error) {
    if (!(error instanceof Error && 'commitError' in error)) throw error
    // A promise that is rejected as well: unheard, it would end the process.
    Promise.resolve(error.commitError).catch(() => undefined)
    throw new AppError('LOG_UNREACHABLE', 'The embedded log cannot be written. Is its disk full?', { cause: error })
  }
}
