import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { openHttpSource } from '../../connectors/http-source.ts'
import { readSource } from './read-source.ts'

const lineBytesMax = 1000

let server: Server | undefined

afterEach(async () => {
  server?.closeAllConnections()
  if (server !== undefined) await once(server.close(), 'close')
  server = undefined
})

/** Answers one request after the other with these, the last one again and again. */
async function serve(...answers: readonly RequestListener[]): Promise<string> {
  let count = 0
  server = createServer((request, response) => answers[Math.min(count++, answers.length - 1)]?.(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server is not listening')
  return `http://127.0.0.1:${address.port}/events.ndjson`
}

const file =
  (body: string | Buffer, etag = 'v1'): RequestListener =>
  (_, response) =>
    response.setHeader('etag', etag).setHeader('content-length', Buffer.byteLength(body)).end(body)
const status =
  (code: number): RequestListener =>
  (_, response) =>
    response.writeHead(code).end()
/** A stream of chunks that ends in order, or is cut. */
const stream =
  (chunks: readonly string[], { isCut = false } = {}): RequestListener =>
  (_, response) => {
    for (const chunk of chunks) response.write(chunk)
    if (isCut) setImmediate(() => response.destroy())
    else response.end()
  }
const cutFile =
  (body: string, sent: number): RequestListener =>
  (_, response) => {
    response
      .setHeader('etag', 'v1')
      .setHeader('content-length', body.length)
      .write(body.slice(0, sent), () => response.destroy())
  }

describe('a file over HTTP', () => {
  it.each([
    ['plain', Buffer.from('a\n\nb')],
    ['gzipped', gzipSync('a\n\nb')],
  ])('is read once, to its end, %s', async (_, body) => {
    const url = await serve(file(body), status(500))
    expect((await readSource(openHttpSource(url, { lineBytesMax }))).lines).toMatchObject([
      { text: 'a', number: 1 },
      { text: 'b', number: 3 },
    ])
  })

  it('goes on where it broke off', async () => {
    const messages: string[] = []
    const url = await serve(cutFile('first\nsecond\nthird\n', 9), file('first\nsecond\nthird\n'))
    const { lines } = await readSource(
      openHttpSource(url, { lineBytesMax, onRetry: (message) => messages.push(message) }),
    )
    expect(lines.map(({ text, number }) => [text, number])).toEqual([
      ['first', 1],
      ['second', 2],
      ['third', 3],
    ])
    expect(messages).toHaveLength(1)
  })

  it('resumes after any line, and starts again where it is another version', async () => {
    const url = await serve(file('a\nb\nc\n'), file('a\nb\nc\n'), file('x\nb\nc\n', 'v2'))
    const source = openHttpSource(url, { lineBytesMax })
    const { lines } = await readSource(source)
    const position = lines[0]?.position ?? null
    expect((await readSource(source, position)).texts).toEqual(['b', 'c'])
    expect((await readSource(source, position)).texts).toEqual(['x', 'b', 'c'])
  })

  it('is waited for while the server is overloaded, and refused where it is missing', async () => {
    const url = await serve(status(503), status(429), file('a\n'), status(404))
    const source = openHttpSource(url, { lineBytesMax })
    expect((await readSource(source)).texts).toEqual(['a'])
    await expect(readSource(source)).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining('404'),
    })
  })

  it('is refused where its gzip data is damaged', async () => {
    const url = await serve(file(gzipSync('a\n'.repeat(1000)).fill(0, 30)))
    await expect(readSource(openHttpSource(url, { lineBytesMax }))).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
  })
})

describe('a stream over HTTP', () => {
  it('is asked for again when it ends or breaks; what was cut off is dropped', async () => {
    const url = await serve(stream(['a\nb', '\n']), stream(['c\ncut o'], { isCut: true }), stream(['d\ne']))
    const { texts, last } = await readSource(openHttpSource(url, { lineBytesMax }), null, 5)
    expect(texts).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(last).toBeNull()
  })

  it('is asked for again when it falls silent', async () => {
    const silent: RequestListener = (_, response) => response.write('a\n')
    const url = await serve(silent, stream(['b\n']))
    const messages: string[] = []
    const options = { lineBytesMax, idleMsMax: 50, onRetry: (message: string) => messages.push(message) }
    expect((await readSource(openHttpSource(url, options), null, 2)).texts).toEqual(['a', 'b'])
    expect(messages).toEqual([expect.stringContaining('silent')])
  })

  it('is let go of when the signal aborts', async () => {
    const url = await serve((_, response) => response.write('a\n'))
    expect((await readSource(openHttpSource(url, { lineBytesMax }), null, 1)).texts).toEqual(['a'])
  })
})
