import { AppError } from '../../schemas/errors.ts'
import type { IncomingBody } from './unpack-body.ts'

export type BodyRoomLimits = {
  /** The limit for one body. */
  readonly bodyBytesMax: number
  /** The limit for all bodies that are held at a time. */
  readonly bytesMax: number
}

/**
 * Bounds the memory that all bodies take together. Bytes count when they arrive or are unpacked, so a caller who
 * announces much and sends little takes no room from others. Throws BUSY for a body that does not fit; if its announced
 * length already does not fit, before any of it is read.
 */
export class BodyRoom {
  readonly #limits: BodyRoomLimits
  #heldBytes = 0

  constructor(limits: BodyRoomLimits) {
    this.#limits = limits
  }

  /** Reads a body and holds it while `use` works on it, even if its sender disconnects meanwhile. */
  async hold<T>(
    { body, announcedBytes }: { readonly body: IncomingBody; readonly announcedBytes: number },
    use: (bytes: Buffer) => Promise<T>,
  ): Promise<T> {
    this.#check(announcedBytes, announcedBytes)
    const held: Buffer[] = []
    let bytes = 0
    const take = (chunk: Buffer): void => {
      this.#check(bytes + chunk.length, chunk.length)
      bytes += chunk.length
      this.#heldBytes += chunk.length
      held.push(chunk)
    }
    try {
      await readAll(body, take)
      return await use(Buffer.concat(held.splice(0), bytes))
    } finally {
      this.#heldBytes -= bytes
    }
  }

  #check(bodyBytes: number, moreBytes: number): void {
    const { bodyBytesMax, bytesMax } = this.#limits
    if (bodyBytes > bodyBytesMax)
      throw new AppError('BODY_TOO_LARGE', `The body is longer than ${bodyBytesMax} bytes: send it in parts.`)
    if (this.#heldBytes + moreBytes > bytesMax)
      throw new AppError('BUSY', `Bodies of ${this.#heldBytes} bytes are held already: send it again in a moment.`)
  }
}

/**
 * Stops reading when `take` throws. The rest of the body is read and dropped, so that the sender gets the error as an
 * answer.
 */
async function readAll(body: IncomingBody, take: (chunk: Buffer) => void): Promise<void> {
  try {
    for await (const chunk of body.stream) take(chunk)
  } catch (error) {
    if (error instanceof AppError) {
      body.discard()
      throw error
    }
    throw new AppError('REQUEST_INVALID', 'The body was cut off.', { cause: error })
  }
}
