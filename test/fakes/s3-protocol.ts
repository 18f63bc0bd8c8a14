import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export type S3Request = {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export type S3Answer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Buffer
}

export type S3Objects = Map<string, { readonly body: Buffer; readonly metadata: Readonly<Record<string, string>> }>

const pageKeysMax = 100
const metadataPrefix = 'x-amz-meta-'

/** What the parts of S3 that the store port needs answer, for a bucket that is there. */
export function answerS3(objects: S3Objects, request: S3Request): S3Answer {
  const key = decodeURIComponent(request.url.pathname).split('/').slice(2).join('/')
  if (key === '')
    return request.method === 'GET' ? list(objects, request.url.searchParams) : { status: 200, body: Buffer.alloc(0) }
  switch (request.method) {
    case 'PUT':
      return put(objects, key, request)
    case 'GET':
    case 'HEAD':
      return get(objects, key)
    case 'DELETE':
      objects.delete(key)
      return { status: 204, body: Buffer.alloc(0) }
    default:
      return errorAnswer(405, 'MethodNotAllowed')
  }
}

export function errorAnswer(status: number, code: string): S3Answer {
  return { status, body: Buffer.from(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`) }
}

function put(objects: S3Objects, key: string, { headers, body }: S3Request): S3Answer {
  const hash = createHash('sha256').update(body).digest('hex')
  if (headers['x-amz-content-sha256'] !== hash) return errorAnswer(400, 'XAmzContentSHA256Mismatch')
  if (headers['if-none-match'] === '*' && objects.has(key)) return errorAnswer(412, 'PreconditionFailed')
  const metadata = Object.entries(headers)
    .filter(([name]) => name.startsWith(metadataPrefix))
    .map(([name, value]) => [name.slice(metadataPrefix.length), String(value)])
  objects.set(key, { body, metadata: Object.fromEntries(metadata) })
  return { status: 200, body: Buffer.alloc(0) }
}

function get(objects: S3Objects, key: string): S3Answer {
  const held = objects.get(key)
  if (held === undefined) return errorAnswer(404, 'NoSuchKey')
  const headers = Object.entries(held.metadata).map(([name, value]) => [metadataPrefix + name, value])
  return { status: 200, headers: Object.fromEntries(headers), body: held.body }
}

function list(objects: S3Objects, query: URLSearchParams): S3Answer {
  const prefix = query.get('prefix') ?? ''
  const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted()
  const page = keys.slice(0, pageKeysMax)
  const contents = page.map(
    (key) =>
      `<Contents><Key>${key}</Key><Size>${objects.get(key)?.body.length}</Size><LastModified>${new Date().toISOString()}</LastModified></Contents>`,
  )
  const isTruncated = keys.length > page.length
  const next = isTruncated ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
  const xml = `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from(xml) }
}
