import { AppError } from '../../schemas/errors.ts'
import type { EmbeddedDatabase } from './append.ts'
import { type LogRoom, requireRoom } from './room.ts'
import type { WriteGuard } from './write-guard.ts'

export type GuardedDatabase = { readonly db: EmbeddedDatabase; readonly guard: WriteGuard; readonly room: LogRoom }

/**
 * Runs `change`, which adds at most `bytes`, under the write lock. Resolves once the change is on disk. If it throws,
 * nothing was written.
 */
export async function write<T>({ db, guard, room }: GuardedDatabase, bytes: number, change: () => T): Promise<T> {
  try {
    return await guard.hold(async () => {
      requireRoom(room, bytes)
      return await db.transaction(change)
    })
  } catch (error) {
    if (!(error instanceof Error && 'commitError' in error)) throw error
    // This promise rejects too. Without a handler it would end the process.
    const reason = await Promise.resolve(error.commitError).catch((cause: unknown) => cause)
    const says = reason instanceof Error ? reason.message : 'its disk failed'
    throw new AppError('LOG_UNREACHABLE', `The embedded log at ${room.folder} cannot be written: ${says}`, {
      cause: error,
    })
  }
}
