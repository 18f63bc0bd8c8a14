import { EventEmitter, once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { openHttpSource } from '../../../connectors/sources/http-source.ts'
import { ManualAlarm } from '../../support/manual-alarm.ts'
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

describe('a file over HTTP without a length', () => {
  const body = Array.from({ length: 20 }, (_, i) => `{"line":${i}}\n`)
  const chunked =
    (headers: Readonly<Record<string, string>>, parts: readonly (string | Buffer)[] = body): RequestListener =>
    (_, response) => {
      response.writeHead(200, headers).flushHeaders()
      for (const part of parts) response.write(part)
      response.end()
    }
  const zipped = [gzipSync(body.join(''))]
  const options = { lineBytesMax, clock: { sleep: async () => {} } }
  const texts = body.map((line) => line.trim())

  it.each([
    ['with an ETag', chunked({ etag: '"v1"' })],
    ['with a time of change', chunked({ 'last-modified': 'Sun, 19 Mar 2017 12:00:00 GMT' })],
    ['packed on the fly, with an ETag', chunked({ etag: 'W/"v1"', 'content-encoding': 'gzip' }, zipped)],
    ['that says nothing of itself', chunked({})],
    ['that says nothing, packed on the fly', chunked({ 'content-encoding': 'gzip' }, zipped)],
  ])('is read once: %s', async (_, answer) => {
    const url = await serve(answer)
    expect((await readSource(openHttpSource(url, options))).texts).toEqual(texts)
  })

  it('is read once however large it is', async () => {
    const large = Array.from({ length: 30 }, (_, i) => `{"line":${i},"text":"${'x'.repeat(100_000)}"}\n`)
    const url = await serve(chunked({}, large))
    expect((await readSource(openHttpSource(url, { ...options, lineBytesMax: 200_000 }))).lines).toHaveLength(30)
  })

  it('is resumed by byte with its ETag, whichever way its events are framed', async () => {
    const url = await serve(chunked({ etag: '"v1"' }, [`[${texts.join(',')}]`]))
    const { lines } = await readSource(openHttpSource(url, options))
    expect(lines.map(({ text }) => text)).toEqual(texts)
    const again = await readSource(openHttpSource(url, options), lines[11]?.position ?? null)
    expect(again.texts).toEqual(texts.slice(12))
  })

  it('is a stream as long as its answers differ, and none where an answer was cut', async () => {
    const url = await serve(
      stream(['a\n', 'b\n'], { isCut: true }),
      stream(['a\n', 'b\n']),
      stream(['a\n', 'b\n', 'c\n']),
      stream(['a\n']),
      chunked({}, []),
      chunked({}, []),
      stream(['d\n']),
      stream(['d\n']),
    )
    expect((await readSource(openHttpSource(url, options))).texts.join('')).toBe('abababcad')
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
    const options = { lineBytesMax, idleMsMax: 500, onRetry: (message: string) => messages.push(message) }
    expect((await readSource(openHttpSource(url, options), null, 2)).texts).toEqual(['a', 'b'])
    expect(messages).toEqual([expect.stringContaining('silent')])
  })

  it('is let go of when the signal aborts', async () => {
    const url = await serve((_, response) => response.write('a\n'))
    expect((await readSource(openHttpSource(url, { lineBytesMax }), null, 1)).texts).toEqual(['a'])
  })
})

describe('garbage over HTTP', () => {
  const page: RequestListener = (_, response) =>
    response.setHeader('content-type', 'text/html; charset=utf-8').end('\n<!doctype html><title>Log in</title>')
  const redirect =
    (location: string): RequestListener =>
    (_, response) =>
      response.writeHead(302, { location }).end()
  const endless: RequestListener = (_, response) => {
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    const write = () => response.write(chunk, (error) => (error === null || error === undefined) && write())
    write()
  }

  it.each([
    ['401', status(401), /answered 401: it wants credentials/],
    ['403', status(403), /answered 403/],
    ['204', status(204), /answered 204: there is nothing to read/],
    ['304', status(304), /answered 304, a redirect that leads nowhere/],
    ['a web page', page, /answers with a web page/],
    ['a line without end', endless, /without the end of a line/],
  ])('is refused, saying why: %s', async (_, answer, message) => {
    const url = await serve(answer)
    await expect(readSource(openHttpSource(url, { lineBytesMax }))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(message),
    })
  })

  it('is handed on byte by byte where it is lines of anything; what is too long is named', async () => {
    const bytes = Buffer.from([0x00, 0xff, 0xfe, 0x0a, ...Buffer.from('<html>\n'), 0xc3, 0x0a])
    const long = Buffer.from(`${'x'.repeat(1001)}\nafter\n`)
    const url = await serve((_, response) => response.write(Buffer.concat([bytes, long])))
    const stop = new AbortController()
    const found: (Uint8Array | number)[] = []
    for await (const { lines, tooLong } of openHttpSource(url, { lineBytesMax }).read(null, stop.signal)) {
      found.push(...lines.map((line) => line.bytes), ...tooLong)
      stop.abort()
    }
    expect(found.map((one) => (typeof one === 'number' ? one : Buffer.from(one).toString('latin1')))).toEqual([
      '\u0000\u00ff\u00fe',
      '<html>',
      '\u00c3',
      'after',
      4,
    ])
  })

  it('is told from events where it is TLS that is missing', async () => {
    const url = (await serve(status(200))).replace('http:', 'https:')
    await expect(readSource(openHttpSource(url, { lineBytesMax }))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(/does not speak TLS/),
    })
  })

  it('follows where it is sent on to', async () => {
    const url = await serve(redirect('/elsewhere'), file('a\n'))
    expect((await readSource(openHttpSource(url, { lineBytesMax }))).texts).toEqual(['a'])
  })
})

describe('the address', () => {
  it('hands credentials to the server and shows them to nobody', async () => {
    const seen: (string | undefined)[] = []
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization)
      file('a\n')(request, response)
    })
    const source = openHttpSource(url.replace('//', '//me:s%40cret@'), { lineBytesMax })
    expect((await readSource(source)).texts).toEqual(['a'])
    expect(seen).toEqual([`Basic ${Buffer.from('me:s@cret').toString('base64')}`])
    expect(source.name).toBe(url)
  })

  it('is refused where it is none', () => {
    expect(() => openHttpSource('http://', { lineBytesMax })).toThrow(expect.objectContaining({ code: 'USAGE' }))
  })
})

describe('silence over HTTP', () => {
  it('is time without an answer as well as without a chunk, and not the time that the log takes', async () => {
    const alarm = new ManualAlarm()
    const asked = new EventEmitter()
    const url = await serve(
      () => asked.emit('request'),
      (_, response) => response.write('a\n'),
    )
    const messages: string[] = []
    const options = {
      lineBytesMax,
      setAlarm: alarm.set,
      clock: { sleep: async () => {} },
      onRetry: (message: string) => messages.push(message),
    }
    const request = once(asked, 'request')
    const stop = new AbortController()
    const batches = openHttpSource(url, options).read(null, stop.signal)[Symbol.asyncIterator]()
    const first = batches.next()
    await request
    alarm.ring()
    expect((await first).value).toMatchObject({ lines: [{ number: 1 }] })
    expect(messages).toEqual([expect.stringContaining('silent')])
    expect(alarm.count).toBe(0)
    stop.abort()
    expect((await batches.next()).done).toBe(true)
  })
})
