import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openKafkaLog } from '../../../connectors/kafka/log.ts'
import { settled, text } from '../../support/follow-log.ts'

let server: Server
let sockets: Set<Socket>

/** Takes connections, and never says a word. */
beforeEach(async () => {
  sockets = new Set()
  server = createServer((socket) => sockets.add(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await once(server.close(), 'close')
})

function brokers(): string[] {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server is not listening')
  return [`127.0.0.1:${address.port}`]
}

it('gives up an append, and each question, in the end, and names the brokers', async () => {
  const log = openKafkaLog({ brokers: ['127.0.0.1:1'], clientId: 'test', partitionCount: 1 })
  const failed = { code: 'LOG_UNREACHABLE', message: expect.stringContaining('127.0.0.1:1') }
  await Promise.all([
    expect(log.append('t', [text('a')])).rejects.toMatchObject(failed),
    expect(log.bounds('t')).rejects.toMatchObject(failed),
    expect(log.ensureTopic('t')).rejects.toMatchObject(failed),
    expect(log.sourcePosition('t', 's')).rejects.toMatchObject(failed),
  ])
  await log.close()
})

it('follows for as long as it is open, says what it waits for, and closes while it waits', async () => {
  const waiting = settled()
  const messages: string[] = []
  const onRetry = (message: string) => {
    if (messages.push(message) === 2) waiting.resolve()
  }
  const log = openKafkaLog({ brokers: ['127.0.0.1:1'], clientId: 'test', partitionCount: 1, onRetry })
  const follower = log.follow('t', new Map(), async () => {})
  await waiting.promise
  expect(messages[0]).toContain('127.0.0.1:1')
  await log.close()
  await follower.ended
})

it('gives up a broker that takes connections and answers nothing', async () => {
  const waiting = settled()
  const log = openKafkaLog({
    brokers: brokers(),
    clientId: 'test',
    partitionCount: 1,
    onRetry: () => waiting.resolve(),
  })
  const follower = log.follow('t', new Map(), async () => {})
  await waiting.promise
  await log.close()
  await follower.ended
})
