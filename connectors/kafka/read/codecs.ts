import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { AppError } from '../../../schemas/errors.ts'

const gunzipAsync = promisify(gunzip)

/**
 * The magic bytes that Java's clients put before snappy blocks, with two versions after it. Other clients send one bare
 * block.
 */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const xerialHeadBytes = 16

/**
 * Decompresses by the codec's number in a batch's attributes. Loads a codec when it is first needed, since most topics
 * need none.
 */
export async function decompress(codec: number, bytes: Buffer): Promise<Buffer> {
  switch (codec) {
    case 0:
      return bytes
    case 1:
      return gunzipAsync(bytes)
    case 2:
      return unsnappy(bytes)
    case 3: {
      const { decompressFrame } = await import('lz4-napi')
      return decompressFrame(bytes)
    }
    case 4: {
      const { decompress: unzstd } = await import('fzstd')
      return Buffer.from(unzstd(bytes))
    }
    default:
      throw new AppError(
        'LOG_FOREIGN',
        `Kafka holds a batch of the unknown compression ${codec}. A newer Tidemark may read it.`,
      )
  }
}

async function unsnappy(bytes: Buffer): Promise<Buffer> {
  const { uncompressSync } = await import('snappy')
  const plain = (block: Buffer) => Buffer.from(uncompressSync(block))
  if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) return plain(bytes)
  const blocks: Buffer[] = []
  for (let at = xerialHeadBytes; at < bytes.length;) {
    const end = at + 4 + bytes.readInt32BE(at)
    blocks.push(plain(bytes.subarray(at + 4, end)))
    at = end
  }
  return Buffer.concat(blocks)
}
