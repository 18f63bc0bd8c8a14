import { addAbortSignal, type Readable } from 'node:stream'
import { gunzipChunks } from '../framing/gunzip-chunks.ts'
import type { LineBatch } from '../framing/line-batch.ts'
import type { LineSource, SourceOptions } from './line-source.ts'
import { streamStart } from '../framing/ndjson-stream.ts'
import { readEvents } from '../framing/read-events.ts'

/** Standard input, gzipped or not. It cannot be resumed. */
export function openStdinSource(stdin: Readable, { lineBytesMax }: SourceOptions): LineSource {
  return {
    name: 'stdin',
    async *read(_position, signal): AsyncIterable<LineBatch> {
      addAbortSignal(signal, stdin)
      try {
        const options = { eventBytesMax: lineBytesMax, after: streamStart, skipBytes: 0 }
        for await (const batch of readEvents(gunzipChunks(stdin), options))
          yield { ...batch, origin: 'stdin', positionAfter: () => null }
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
  }
}
