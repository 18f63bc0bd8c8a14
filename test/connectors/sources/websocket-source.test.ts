import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { openWebSocketSource } from '../../../connectors/sources/websocket-source.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { ManualAlarm } from '../../support/manual-alarm.ts'
import { readSource } from './read-source.ts'

const lineBytesMax = 20

const closers: (() => Promise<unknown>)[] = []

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

/** Greets one connection after the other with these, the last one again and again. */
async function serve(
  options: { autoPong?: boolean },
  ...greetings: readonly ((socket: WebSocket) => void)[]
): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options })
  let count = 0
  server.on('connection', (socket) => greetings[Math.min(count++, greetings.length - 1)]?.(socket))
  closers.push(async () => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  await once(server, 'listening')
  return urlOf(server.address())
}

function urlOf(address: ReturnType<WebSocketServer['address']>): string {
  if (address === null || typeof address === 'string') throw new Error('the server is not listening')
  return `ws://127.0.0.1:${address.port}/2/rsvps`
}

const send =
  (...messages: readonly (string | Buffer)[]) =>
  (socket: WebSocket) =>
    messages.forEach((message) => socket.send(message))
const sendAndClose = (message: string) => (socket: WebSocket) => socket.send(message, () => socket.close())

it('takes each message as one line or more, text or bytes, and keeps the bytes', async () => {
  const url = await serve({}, send('{"a":1}', '{"b":2}\r\n\n{"c":3}\n', Buffer.from('{"d":4}')))
  const { lines, last } = await readSource(openWebSocketSource(url, { lineBytesMax }), null, 4)
  expect(lines.map(({ text, number }) => [text, number])).toEqual([
    ['{"a":1}', 1],
    ['{"b":2}', 2],
    ['{"c":3}', 4],
    ['{"d":4}', 5],
  ])
  expect(last).toBeNull()
})

it('names lines that are too long', async () => {
  const url = await serve({}, send('x'.repeat(21), 'next'))
  expect(await readSource(openWebSocketSource(url, { lineBytesMax }), null, 1)).toMatchObject({
    texts: ['next'],
    tooLong: [1],
  })
})

it('connects again when the connection ends', async () => {
  const messages: string[] = []
  const url = await serve({}, sendAndClose('one'), sendAndClose('two'), send('three'))
  const source = openWebSocketSource(url, { lineBytesMax, onRetry: (message) => messages.push(message) })
  expect((await readSource(source, null, 3)).texts).toEqual(['one', 'two', 'three'])
  expect(messages).toHaveLength(2)
})

it('connects again when nothing answers its pings, and stays where something does', async () => {
  const messages: string[] = []
  const deaf = await serve({ autoPong: false }, send('one'), send('two'))
  const options = { lineBytesMax, idleMsMax: 100, onRetry: (message: string) => messages.push(message) }
  expect((await readSource(openWebSocketSource(deaf, options), null, 2)).texts).toEqual(['one', 'two'])
  expect(messages).toEqual([expect.stringContaining('silent')])
  const answering = await serve({}, (socket) => {
    let pings = 0
    socket.on('ping', () => ++pings === 4 && socket.send('still here'))
  })
  expect((await readSource(openWebSocketSource(answering, options), null, 1)).texts).toEqual(['still here'])
  expect(messages).toHaveLength(1)
})

it('waits for a server that is not there, until the signal aborts', async () => {
  const stop = new AbortController()
  const messages: string[] = []
  const source = openWebSocketSource('ws://127.0.0.1:1/', {
    lineBytesMax,
    onRetry: (message) => {
      if (messages.push(message) === 2) stop.abort()
    },
  })
  for await (const batch of source.read(null, stop.signal)) expect(batch).toBeUndefined()
  expect(messages).toHaveLength(2)
})

it('refuses an address where there is no such thing', async () => {
  const server = createServer((_, response) => response.writeHead(404).end())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  closers.push(() => once(server.close(), 'close'))
  await expect(readSource(openWebSocketSource(urlOf(server.address()), { lineBytesMax }))).rejects.toMatchObject({
    code: 'SOURCE_FAILED',
  })
})

it('loses nothing when more arrives than is read', async () => {
  const count = 20_000
  const url = await serve({}, (socket) => {
    for (let i = 0; i < count; i += 1) socket.send(`${i}`)
  })
  const { texts } = await readSource(openWebSocketSource(url, { lineBytesMax }), null, count)
  expect(texts).toEqual(Array.from({ length: count }, (_, i) => `${i}`))
})

it('is pinged while it is silent, given up when it does not answer, and not while the log is slow', async () => {
  const alarm = new ManualAlarm()
  const messages: string[] = []
  const sent = Array.from({ length: 10_000 }, (_, i) => `${i}`.padEnd(300))
  let sender: WebSocket | undefined
  const url = await serve(
    { autoPong: false },
    (socket) => {
      sender = socket
      for (const message of sent) socket.send(message)
    },
    send('again'),
  )
  const options = {
    lineBytesMax: 300,
    setAlarm: alarm.set,
    clock: { sleep: async () => {} },
    onRetry: (message: string) => messages.push(message),
  }
  const stop = new AbortController()
  const batches = openWebSocketSource(url, options).read(null, stop.signal)[Symbol.asyncIterator]()
  const texts: string[] = []
  const take = async () => {
    const { value } = await batches.next()
    texts.push(...(value?.lines ?? []).map(({ bytes }: { bytes: Uint8Array }) => Buffer.from(bytes).toString()))
  }
  await take()
  expect(texts.length).toBeLessThan(sent.length - 2000)
  let [still, waiting] = [0, 0]
  await waitUntil('the sender to be held back', () => {
    still = sender?.bufferedAmount === waiting ? still + 1 : 0
    waiting = sender?.bufferedAmount ?? 0
    return still === 10
  })
  for (let rings = 0; rings < 10; rings += 1) alarm.ring()
  expect(messages).toEqual([])
  while (texts.length < sent.length) await take()
  const again = take()
  alarm.ring()
  expect(messages).toEqual([])
  alarm.ring()
  await again
  expect(messages).toEqual([expect.stringContaining('silent')])
  expect(texts).toEqual([...sent, 'again'])
  stop.abort()
  await batches.next()
})

it.each([
  ['401', 401, {}, /answered 401: it wants credentials/],
  ['a redirect to nowhere', 301, {}, /answered 301, a redirect that leads nowhere/],
  ['a web server', 200, {}, /not as a WebSocket/],
])('refuses %s, saying why', async (_, status, headers, message) => {
  const server = createServer((_request, response) => response.writeHead(status, headers).end())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  closers.push(() => once(server.close(), 'close'))
  const source = openWebSocketSource(urlOf(server.address()), { lineBytesMax })
  await expect(readSource(source)).rejects.toMatchObject({
    code: 'SOURCE_FAILED',
    message: expect.stringMatching(message),
  })
  const safely = openWebSocketSource(urlOf(server.address()).replace('ws:', 'wss:'), { lineBytesMax })
  await expect(readSource(safely)).rejects.toMatchObject({ message: expect.stringMatching(/does not speak TLS/) })
})

it('follows where it is sent on to, with the credentials of its address', async () => {
  const seen: (string | undefined)[] = []
  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer((_, response) => response.writeHead(302, { location: '/moved' }).end())
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/moved') {
      seen.push(request.headers.authorization)
      sockets.handleUpgrade(request, socket, head, send('here'))
    } else socket.end('HTTP/1.1 302 Found\r\nlocation: /moved\r\n\r\n')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  closers.push(async () => {
    for (const client of sockets.clients) client.terminate()
    await once(server.close(), 'close')
  })
  const url = urlOf(server.address())
  const source = openWebSocketSource(url.replace('//', '//me:secret@'), { lineBytesMax })
  expect((await readSource(source, null, 1)).texts).toEqual(['here'])
  expect(seen).toEqual([`Basic ${Buffer.from('me:secret').toString('base64')}`])
  expect(source.name).toBe(url)
})

it('goes on after a message that no memory should hold, and keeps bytes that are not text', async () => {
  const messages: string[] = []
  const url = await serve({}, send(Buffer.alloc(16 * 1024 * 1024 + 1)), send(Buffer.from([0x7b, 0xff, 0x00])))
  const options = { lineBytesMax, onRetry: (message: string) => messages.push(message) }
  const { texts } = await readSource(openWebSocketSource(url, options), null, 1)
  expect(texts).toEqual([Buffer.from([0x7b, 0xff, 0x00]).toString()])
  expect(messages).toEqual([expect.stringContaining('sent a message longer than 16777216 bytes')])
})
