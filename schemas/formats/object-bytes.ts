import { open } from 'node:fs/promises'
import type { ObjectBody } from '../ports/store.ts'

/**
 * An object's bytes, in memory or in a file. They are read in pieces, so that a large file is never in memory as a
 * whole.
 */
export type ObjectBytes = {
  readonly size: number
  /** Returns fewer bytes if the object ends before `to`. */
  read(from: number, to: number): Promise<Uint8Array>
}

const pieceBytes = 1024 * 1024

export async function withBytes<T>(body: ObjectBody, use: (bytes: ObjectBytes) => Promise<T>): Promise<T> {
  if (!('file' in body)) return await use({ size: body.length, read: async (from, to) => body.subarray(from, to) })
  const handle = await open(body.file, 'r')
  try {
    const { size } = await handle.stat()
    const read = async (from: number, to: number) => {
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.allocUnsafe(to - from), position: from })
      return buffer.subarray(0, bytesRead)
    }
    return await use({ size, read })
  } finally {
    await handle.close()
  }
}

/** The bytes of a range, piece by piece. */
export async function* piecesOf(bytes: ObjectBytes, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; at += pieceBytes) yield await bytes.read(at, Math.min(at + pieceBytes, to))
}
