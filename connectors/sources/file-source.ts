import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { AppError, isErrno } from '../../schemas/errors.ts'
import { gunzipChunks, isGzip } from '../framing/gunzip-chunks.ts'
import type { EventEnd, LineBatch } from '../framing/line-batch.ts'
import type { LineSource, SourceOptions } from './line-source.ts'
import { streamStart } from '../framing/ndjson-stream.ts'
import { readEvents } from '../framing/read-events.ts'
import { frames } from '../framing/split-documents.ts'

const readBytes = 1024 * 1024
const fingerprintBytesMax = 4096

const FilePosition = z.object({
  number: z.int(),
  endByte: z.int(),
  frame: z.enum(frames).optional(),
  fingerprint: z.object({ bytes: z.int(), sha256: z.string() }),
})

/**
 * A file of lines or documents, gzipped or not. It resumes at a byte. The position holds a fingerprint of the file's
 * beginning: a file of the same name that begins otherwise is another file, and is read from its start.
 */
export function openFileSource(path: string, { lineBytesMax }: SourceOptions): LineSource {
  const file = resolve(path)
  return {
    name: `file:${file}`,
    read: (position, signal) => readFile(file, { position, signal, lineBytesMax }),
  }
}

type Reading = { readonly position: string | null; readonly signal: AbortSignal; readonly lineBytesMax: number }

async function* readFile(file: string, { position, signal, lineBytesMax }: Reading): AsyncIterable<LineBatch> {
  try {
    const head = await readHead(file)
    const after = resumeAt(position, head)
    const fingerprint = fingerprintOf(head, head.length)
    const positionAfter = ({ number, endByte, frame }: EventEnd) =>
      JSON.stringify({ number, endByte, frame, fingerprint } satisfies z.infer<typeof FilePosition>)
    const isZipped = isGzip(head)
    const stream = createReadStream(file, { start: isZipped ? 0 : after.endByte, highWaterMark: readBytes, signal })
    const chunks = isZipped ? gunzipChunks(stream) : stream
    const events = readEvents(chunks, { eventBytesMax: lineBytesMax, after, skipBytes: isZipped ? after.endByte : 0 })
    for await (const batch of events) yield { ...batch, origin: file, positionAfter }
  } catch (error) {
    if (signal.aborted) return
    throw new AppError('SOURCE_FAILED', unreadable(file, error), { cause: error })
  }
}

function resumeAt(position: string | null, head: Uint8Array): EventEnd {
  if (position === null) return streamStart
  const { fingerprint, ...after } = FilePosition.parse(JSON.parse(position))
  const isSameFile = fingerprintOf(head, fingerprint.bytes).sha256 === fingerprint.sha256
  return isSameFile ? after : streamStart
}

/** The fingerprint of the first `bytes`, since the file may have grown. */
function fingerprintOf(head: Uint8Array, bytes: number): z.infer<typeof FilePosition>['fingerprint'] {
  return { bytes, sha256: createHash('sha256').update(head.subarray(0, bytes)).digest('hex') }
}

async function readHead(file: string): Promise<Uint8Array> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(fingerprintBytesMax), position: 0 })
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

function unreadable(file: string, error: unknown): string {
  if (isErrno(error, 'ENOENT')) return `there is no file ${file}`
  if (isErrno(error, 'EISDIR')) return `${file} is a folder, not a file of events`
  return `${file} cannot be read to its end: ${error instanceof Error ? error.message : String(error)}`
}
