import { createHash } from 'node:crypto'
import type { AsOf } from '../replica/reader.ts'

/**
 * Returns the same ETag for all answers to one request at one state of the log. It is weak, because an answer also
 * holds the time it took, which is not part of the state. `asked` is all that chooses the answer: path, query string,
 * format, version.
 */
export function etagOf(asked: readonly string[], asOf: AsOf): string {
  const states = Object.entries(asOf.datasets).map(
    ([name, { generation, tidemark, speed, lost, stream_time: time }]) => [
      name,
      generation,
      tidemark,
      speed,
      time,
      ...(lost === undefined ? [] : [lost]),
    ],
  )
  const digest = createHash('sha256')
    .update(JSON.stringify([asked, asOf.view, states]))
    .digest('base64url')
  return `W/"${digest.slice(0, 27)}"`
}

/** ETags are compared weakly, as RFC 9110 says for If-None-Match. */
export function isNoneMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '')
  return header.trim() === '*' || header.split(',').some((tag) => opaque(tag) === opaque(etag))
}
