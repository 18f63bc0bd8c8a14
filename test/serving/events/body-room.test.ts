import { request } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { Deferred } from '../../../schemas/async/deferred.ts'
import { BodyRoom } from '../../../serving/events/body-room.ts'
import type { Verdict } from '../../../serving/events/event-verdict.ts'
import { plainBody } from '../../../serving/events/unpack-body.ts'
import { limits, setUp } from '../../support/serve-fakes.ts'

/** Judges nothing until it is told to. */
class HeldVerdict implements Verdict {
  readonly go = new Deferred()
  readonly #arrivals: Deferred[] = []
  #asked = 0

  async rejections(): Promise<readonly []> {
    this.#asked += 1
    for (const arrival of this.#arrivals.splice(0)) arrival.resolve()
    await this.go.promise
    return []
  }

  /** Resolves once so many bodies have been asked about. */
  async asked(count: number): Promise<void> {
    while (this.#asked < count) {
      const arrival = new Deferred()
      this.#arrivals.push(arrival)
      await arrival.promise
    }
  }
}

const line = `{"n":"${'x'.repeat(90)}"}\n`
const largest = line.repeat(Math.floor(limits.bodyBytesMax / line.length))

function post(payload: string | Readable) {
  return {
    method: 'POST',
    url: '/v1/rsvp/events',
    headers: { 'content-type': 'application/x-ndjson' },
    payload,
  } as const
}

describe('bodies in flight', () => {
  it('are 429 beyond four of the largest together, announced or not, and taken again once there is room', async () => {
    const verdict = new HeldVerdict()
    const { app, log } = await setUp({ verdicts: new Map([['rsvp', verdict]]) })
    const held = [1, 2, 3, 4].map(() => app.inject(post(largest)))
    await verdict.asked(4)
    for (const more of [largest, Readable.from([Buffer.from(largest)])]) {
      const refused = await app.inject(post(more))
      expect([refused.statusCode, refused.headers['retry-after'], refused.json().code]).toEqual([429, '1', 'BUSY'])
    }
    verdict.go.resolve()
    for (const answer of await Promise.all(held)) expect(answer.statusCode).toBe(200)
    expect((await app.inject(post(largest))).statusCode).toBe(200)
    const lines = largest.split('\n').length - 1
    expect((await log.bounds('rsvp')).get(0)?.nextOffset).toBe(BigInt(5 * lines))
  })

  it('count also while their verdict is awaited and the sender has gone', async () => {
    const verdict = new HeldVerdict()
    const { app } = await setUp({ verdicts: new Map([['rsvp', verdict]]) })
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    for (let sent = 1; sent <= 4; sent += 1) {
      const gone = new Deferred()
      const { method, headers, payload, url: path } = post(largest)
      const sender = request(`${url}${path}`, { method, headers })
      sender.on('error', () => undefined).on('close', () => gone.resolve())
      sender.end(payload)
      await verdict.asked(sent)
      sender.destroy()
      await gone.promise
    }
    expect((await app.inject(post(largest))).statusCode).toBe(429)
    verdict.go.resolve()
  })

  it('are answered while they are still being sent where they are refused', async () => {
    const { app } = await setUp()
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const large = Buffer.alloc(4_000_000, ' ')
    for (const body of [large, new Blob([large]).stream()]) {
      const headers = { 'content-type': 'application/x-ndjson' }
      const refused = await fetch(`${url}/v1/rsvp/events`, { method: 'POST', body, headers, duplex: 'half' })
      expect([refused.status, await refused.json()]).toMatchObject([413, { code: 'BODY_TOO_LARGE' }])
    }
    expect((await fetch(`${url}/livez`)).status).toBe(200)
  })
})

describe('a room for bodies', () => {
  it('gives back what a body took that was cut off, too long, refused or failed', async () => {
    const room = new BodyRoom({ bodyBytesMax: 10, bytesMax: 10 })
    const fill = () => room.hold(bodyOf('0123456789'), async (bytes) => bytes.toString())
    const cut = new PassThrough()
    cut.write('01234')
    const reading = room.hold({ body: plainBody(cut), announcedBytes: 8 }, async () => 'read')
    cut.destroy(new Error('gone'))
    await expect(reading).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    expect(await fill()).toBe('0123456789')
    await expect(room.hold(bodyOf('01234567', '890'), fill)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' })
    expect(await fill()).toBe('0123456789')
    await expect(room.hold(bodyOf('0'), fill)).rejects.toMatchObject({ code: 'BUSY' })
    const failing = room.hold(bodyOf('0'), () => Promise.reject(new TypeError('failed')))
    await expect(failing).rejects.toThrow('failed')
    expect(await fill()).toBe('0123456789')
  })

  it('refuses what announces more than there is before any of it is read', async () => {
    const room = new BodyRoom({ bodyBytesMax: 10, bytesMax: 10 })
    const body = Readable.from([Buffer.from('0')])
    await expect(room.hold({ body: plainBody(body), announcedBytes: 11 }, async () => 0)).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
    })
    expect(body.readableDidRead).toBe(false)
  })

  it('keeps no room for what is announced and not sent', async () => {
    const room = new BodyRoom({ bodyBytesMax: 10, bytesMax: 10 })
    const slow = new PassThrough()
    const waiting = room.hold({ body: plainBody(slow), announcedBytes: 10 }, async (bytes) => bytes.length)
    expect(await room.hold(bodyOf('0123456789'), async (bytes) => bytes.length)).toBe(10)
    slow.end('01')
    expect(await waiting).toBe(2)
  })
})

function bodyOf(...parts: readonly string[]) {
  return { body: plainBody(Readable.from(parts.map((part) => Buffer.from(part)))), announcedBytes: 0 }
}
