import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../schemas/errors.ts'

/** Routes registered in `scope` take bodies of these types only, as bytes. */
export function takeBodies(scope: FastifyInstance, types: readonly string[]): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) => body)
  requireTypes(scope, types, [])
}

/**
 * The same as `takeBodies`, with bodies as streams that the routes read. A body in one of these encodings is unpacked.
 */
export function takeBodyStreams(scope: FastifyInstance, types: readonly string[], encodings: readonly string[]): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_request, body, done) => done(null, body))
  requireTypes(scope, types, encodings)
}

function requireTypes(scope: FastifyInstance, types: readonly string[], encodings: readonly string[]): void {
  scope.addHook('onRequest', async (request) => {
    requireEncoding(request, encodings)
    requireType(request, types)
  })
}

/** Returns the media type without its parameters, in lower case. */
export function mediaType({ headers }: FastifyRequest): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

/** A request without a body has no type to check; its body is empty. */
export function bodyBytes({ body }: FastifyRequest): Uint8Array {
  return Buffer.isBuffer(body) ? body : new Uint8Array(0)
}

/** Returns how the body is packed, in lower case; `identity` if it is not packed. */
export function contentEncoding({ headers }: FastifyRequest): string {
  return (headers['content-encoding'] ?? 'identity').trim().toLowerCase()
}

function requireEncoding(request: FastifyRequest, encodings: readonly string[]): void {
  const encoding = contentEncoding(request)
  if (encoding === 'identity' || encodings.includes(encoding)) return
  const otherwise = encodings.length === 0 ? '' : `, or as ${encodings[0]}`
  const message = `Content-Encoding ${encoding} is not taken: send the body as it is${otherwise}.`
  throw new AppError('CONTENT_TYPE_UNSUPPORTED', message, { details: { encodings: ['identity', ...encodings] } })
}

function requireType(request: FastifyRequest, types: readonly string[]): void {
  const details = { media_types: types }
  const type = mediaType(request)
  if (types.includes(type)) return
  const message = `Content-Type ${type === '' ? 'is missing' : `${type} is not taken`}. Send ${types.join(' or ')}.`
  throw new AppError('CONTENT_TYPE_UNSUPPORTED', message, { details })
}
