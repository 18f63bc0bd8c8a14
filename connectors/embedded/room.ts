import { statfsSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanedUp } from '../../schemas/async/clean-up.ts'
import { AppError } from '../../schemas/errors.ts'

/** Bytes that stay free on the log's disk, for other pages of a commit and for other writers. */
const reservedBytes = 4 * 1024 ** 2
/** A record may need its bytes twice: for a page that it shares, or for the tail of a block that is kept. */
const pagesPerByte = 2

const mega = 1e6

export type LogRoom = {
  readonly folder: string
  /** Returns the free bytes of the folder's disk. */
  readonly freeBytes: (folder: string) => number
}

export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/**
 * Throws LOG_UNREACHABLE if there might not be room for `bytes`. LMDB must not meet a full disk itself: lmdb-js up to
 * 3.5.6 writes its message about a failed write beyond the end of a buffer, and the process aborts some time later.
 */
export function requireRoom({ folder, freeBytes }: LogRoom, bytes: number): void {
  const free = freeBytes(folder)
  const needed = reservedBytes + pagesPerByte * bytes
  if (free >= needed) return
  throw new AppError(
    'LOG_UNREACHABLE',
    `The embedded log at ${folder} cannot be written: its disk is full, ${(free / mega).toFixed(1)} MB are free, ${(needed / mega).toFixed(1)} MB needed. Make room.`,
  )
}

/** Throws LOG_UNREACHABLE if `bytes` cannot be written and synced beside the log. Leaves nothing behind. */
export async function probeRoom(folder: string, bytes: number): Promise<void> {
  requireRoom({ folder, freeBytes: freeBytesOf }, bytes)
  const path = join(folder, `probe-${process.pid}`)
  const write = async (): Promise<void> => {
    const file = await open(path, 'w')
    const fill = async (): Promise<void> => {
      await file.writeFile(Buffer.alloc(bytes))
      await file.sync()
    }
    await cleanedUp(fill, () => file.close())
  }
  await cleanedUp(write, () => rm(path, { force: true })).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('LOG_UNREACHABLE', `The embedded log at ${folder} cannot be written: ${reason}`, { cause })
  })
}
