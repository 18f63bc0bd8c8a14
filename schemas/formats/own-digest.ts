import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { piecesOf, withBytes } from './object-bytes.ts'
import type { ObjectBytes } from './object-bytes.ts'
import type { ObjectBody } from '../ports/store.ts'

/**
 * Each object that we write holds its own SHA-256, in hexadecimal. It is computed while these 64 zeros stand in its
 * place. The digest is not part of the object's key, because keys are locks, and not a second object, which could be
 * lost alone.
 */
export const digestPlaceholder = '0'.repeat(64)

/** The name of the digest: the last member of a JSON object, the last key-value pair of a Parquet footer. */
export const digestName = 'digest'

/**
 * The bytes right before the digest. In Parquet they are Thrift: the length and text of the name, then the length of
 * the digest.
 */
const marks = {
  json: Buffer.from(`"${digestName}": "`),
  parquet: Buffer.concat([Buffer.of(0x18, digestName.length), Buffer.from(digestName), Buffer.of(0x18, 64)]),
} as const

/**
 * How many bytes may follow the digest. None of them come from an event, so the last mark is the digest's. In Parquet
 * they grow with the number of columns, by three bytes for each.
 */
const tailBytesMax = { json: 1024, parquet: 1024, wideParquet: 64 * 1024 } as const
export type DigestFormat = keyof typeof tailBytesMax

/** Returns whether the object matches its digest; null if it has none. */
export async function isAsDigested(body: ObjectBody, format: DigestFormat): Promise<boolean | null> {
  return await withBytes(body, async (bytes) => {
    const place = await findPlace(bytes, format)
    return place === null ? null : (await digestWithout(bytes, place)) === place.held
  })
}

/** The JSON of a value, with its digest. */
export function encodeWithDigest(value: object): Uint8Array {
  const body = Buffer.from(`${JSON.stringify({ ...value, [digestName]: digestPlaceholder }, null, 2)}\n`)
  const digest = createHash('sha256').update(body).digest('hex')
  body.write(digest, body.lastIndexOf(digestPlaceholder))
  return body
}

/** Writes the digest into a Parquet file whose last key-value pair holds the placeholder. */
export async function writeDigest(file: string, format: Exclude<DigestFormat, 'json'> = 'parquet'): Promise<void> {
  const place = await withBytes({ file }, (bytes) => findPlace(bytes, format))
  if (place?.held !== digestPlaceholder) throw new TypeError(`${file} has no place for its digest`)
  const digest = await sha256Of({ file })
  const handle = await open(file, 'r+')
  try {
    await handle.write(digest, place.at)
  } finally {
    await handle.close()
  }
}

/** SHA-256 of an object that does not hold its own digest. */
export async function sha256Of(body: ObjectBody): Promise<string> {
  return await withBytes(body, async (bytes) => {
    const hash = createHash('sha256')
    for await (const piece of piecesOf(bytes, 0, bytes.size)) hash.update(piece)
    return hash.digest('hex')
  })
}

type Place = { readonly at: number; readonly held: string }

async function findPlace(bytes: ObjectBytes, format: DigestFormat): Promise<Place | null> {
  const mark = format === 'json' ? marks.json : marks.parquet
  const tailStart = Math.max(0, bytes.size - tailBytesMax[format])
  const tail = Buffer.from(await bytes.read(tailStart, bytes.size))
  const markAt = tail.lastIndexOf(mark)
  const held = tail.toString('latin1', markAt + mark.length, markAt + mark.length + digestPlaceholder.length)
  return markAt === -1 || held.length < digestPlaceholder.length ? null : { at: tailStart + markAt + mark.length, held }
}

async function digestWithout(bytes: ObjectBytes, { at }: Place): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of piecesOf(bytes, 0, at)) hash.update(piece)
  hash.update(digestPlaceholder)
  for await (const piece of piecesOf(bytes, at + digestPlaceholder.length, bytes.size)) hash.update(piece)
  return hash.digest('hex')
}
