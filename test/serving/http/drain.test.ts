import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { onTestFinished, describe, expect, it } from 'vitest'
import { Deferred } from '../../../schemas/async/deferred.ts'
import { AppError } from '../../../schemas/errors.ts'
import { shuttingDown } from '../../../serving/http/drain.ts'
import type { Answer, ReadRequest } from '../../../serving/replica/reader.ts'
import type { ServerDeps } from '../../../serving/server.ts'
import { setUp } from '../../support/serve-fakes.ts'

/** A server that listens, and is told to stop. */
async function listening(given: Partial<ServerDeps> = {}) {
  const [stopping, overdue] = [new AbortController(), new AbortController()]
  const set = await setUp({ stopping: stopping.signal, overdue: overdue.signal, ...given })
  const port = Number(new URL(await set.app.listen({ host: '127.0.0.1', port: 0 })).port)
  return { ...set, stopping, overdue, port }
}

async function post(port: number): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}/v1/rsvp/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: '{}\n',
  })
}

function ask(port: number): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/v1/rsvp/tables/member`)
}

/** Waits as a statement does: until whoever asked has gone. */
function untilAborted({ signal }: ReadRequest): Promise<Answer> {
  return new Promise((_, reject) =>
    signal?.addEventListener('abort', () => reject(new AppError('CLOSED', 'the caller has gone'))),
  )
}

async function opened(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

describe('a server that is to stop', () => {
  it('answers every request with a problem that says when to come again, and ends the connection', async () => {
    const { port, stopping, log } = await listening()
    expect((await post(port)).status).toBe(200)
    stopping.abort()
    for (const answer of [await post(port), await ask(port), await fetch(`http://127.0.0.1:${port}/readyz`)]) {
      expect(answer.status).toBe(503)
      expect(answer.headers.get('content-type')).toMatch('application/problem+json')
      expect(answer.headers.get('retry-after')).toBe('5')
      expect(answer.headers.get('connection')).toBe('close')
      expect(await answer.json()).toMatchObject({ code: 'CLOSED', title: 'Shutting down' })
    }
    expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200)
    expect((await log.bounds('rsvp')).get(0)?.nextOffset).toBe(1n)
  })

  it('answers what was asked before, refuses meanwhile, and closes then', async () => {
    const { app, port, reader, stopping } = await listening()
    const release = reader.hold()
    const asked = ask(port)
    await reader.asked(1)
    stopping.abort()
    const closed = app.close()
    expect((await post(port)).status).toBe(503)
    release()
    const answer = await asked
    expect(answer.status).toBe(200)
    expect(answer.headers.get('connection')).toBe('close')
    await answer.json()
    await closed
    await expect(ask(port)).rejects.toThrow('fetch failed')
  })

  it('interrupts a query that is overdue: 503, not a reset', async () => {
    const { app, port, reader, stopping, overdue } = await listening()
    reader.answer = untilAborted
    const asked = ask(port)
    await reader.asked(1)
    stopping.abort()
    const closed = app.close()
    overdue.abort(shuttingDown())
    const answer = await asked
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { code: 'CLOSED', detail: expect.stringContaining('shutting down') },
    ])
    await closed
  })

  it('gives up a POST that is overdue because its log does not answer', async () => {
    const asked = new Deferred()
    const silent = {
      append: () => {
        asked.resolve()
        return new Deferred<never>().promise
      },
    }
    const { app, port, stopping, overdue } = await listening({ log: silent })
    const posted = post(port)
    await asked.promise
    stopping.abort()
    const closed = app.close()
    overdue.abort(shuttingDown())
    const answer = await posted
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'CLOSED' }])
    await closed
  })

  it('waits for no connection on which nothing was asked', async () => {
    const { app, port, stopping } = await listening()
    const unused = await opened(port)
    stopping.abort()
    await Promise.all([app.close(), once(unused, 'close')])
  })

  it('cuts off a client that does not end its request, once that is overdue', async () => {
    const { app, port, stopping, overdue } = await listening()
    const slow = await opened(port)
    slow.on('error', () => undefined).resume()
    const head =
      'POST /v1/rsvp/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: 100\r\n'
    const arrived = once(app.server, 'request')
    slow.write(`${head}\r\n{`)
    await arrived
    stopping.abort()
    const closed = app.close()
    overdue.abort(shuttingDown())
    await Promise.all([closed, once(slow, 'close')])
  })
})
