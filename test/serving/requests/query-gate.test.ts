import { request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import { Deferred } from '../../../schemas/async/deferred.ts'
import { QueryGate } from '../../../serving/requests/query-gate.ts'
import { setUp } from '../../support/serve-fakes.ts'

const forever = { caller: 'someone', gone: new AbortController().signal }

describe('a gate', () => {
  it('lets in those who wait in the order they came', async () => {
    const gate = new QueryGate({ runningMax: 1, runningPerCallerMax: 1, waitingMax: 3 })
    const [first, order] = [new Deferred(), new Array<number>()]
    const running = gate.run(() => first.promise, forever)
    const waiting = [1, 2, 3].map((n) => gate.run(async () => order.push(n), forever))
    await expect(gate.run(async () => order.push(4), forever)).rejects.toMatchObject({ code: 'BUSY' })
    first.resolve()
    await Promise.all([running, ...waiting])
    expect(order).toEqual([1, 2, 3])
  })

  it('gives the place in the queue of one who left to another, and its turn to nobody', async () => {
    const gate = new QueryGate({ runningMax: 1, runningPerCallerMax: 1, waitingMax: 1 })
    const [first, leaver] = [new Deferred(), new AbortController()]
    const running = gate.run(() => first.promise, forever)
    const left = gate.run(() => Promise.reject(new TypeError('ran')), { caller: 'leaver', gone: leaver.signal })
    leaver.abort()
    await expect(left).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(
      gate.run(() => Promise.reject(new TypeError('ran')), { caller: 'leaver', gone: leaver.signal }),
    ).rejects.toMatchObject({
      code: 'CLOSED',
    })
    const stayed = gate.run(async () => 'stayed', forever)
    first.resolve()
    await running
    expect(await stayed).toBe('stayed')
    expect(await gate.run(async () => 'next', forever)).toBe('next')
  })

  it('gives turns to callers by turns, however many one has asked for', async () => {
    const gate = new QueryGate({ runningMax: 1, runningPerCallerMax: 1, waitingMax: 9 })
    const order: string[] = []
    const [first, { gone }] = [new Deferred(), forever]
    const running = gate.run(() => first.promise, { caller: 'a', gone })
    const waiting = 'aaabbc'.split('').map((caller) => gate.run(async () => order.push(caller), { caller, gone }))
    first.resolve()
    await Promise.all([running, ...waiting])
    expect(order.join('')).toBe('bcabaa')
  })

  it('runs no more of one caller than may run, and keeps the rest for others', async () => {
    const gate = new QueryGate({ runningMax: 2, runningPerCallerMax: 1, waitingMax: 9 })
    const [held, ran, { gone }] = [new Deferred(), new Array<string>(), forever]
    const greedy = [1, 2, 3].map((n) =>
      gate.run(
        async () => {
          ran.push(`a${n}`)
          await held.promise
        },
        { caller: 'a', gone },
      ),
    )
    await gate.run(async () => ran.push('b'), { caller: 'b', gone })
    expect(ran).toEqual(['a1', 'b'])
    held.resolve()
    await Promise.all(greedy)
    expect(ran).toEqual(['a1', 'b', 'a2', 'a3'])
  })

  it('takes a place from the caller with most for one with fewer, and from nobody for one with as many', async () => {
    const gate = new QueryGate({ runningMax: 1, runningPerCallerMax: 1, waitingMax: 3 })
    const [first, order, { gone }] = [new Deferred(), new Array<string>(), forever]
    const ask = (name: string) => gate.run(async () => order.push(name), { caller: name.slice(0, 1), gone })
    const running = gate.run(() => first.promise, { caller: 'a', gone })
    const waiting = ['a1', 'a2', 'a3'].map(ask)
    const newcomer = ask('b1')
    await expect(waiting[2]).rejects.toMatchObject({ code: 'BUSY' })
    await expect(ask('b2')).rejects.toMatchObject({ code: 'BUSY' })
    await expect(ask('a4')).rejects.toMatchObject({ code: 'BUSY' })
    first.resolve()
    await Promise.all([running, ...waiting.slice(0, 2), newcomer])
    expect(order).toEqual(['b1', 'a1', 'a2'])
  })

  it('frees its turn when work throws', async () => {
    const gate = new QueryGate({ runningMax: 1, runningPerCallerMax: 1, waitingMax: 0 })
    await expect(gate.run(() => Promise.reject(new TypeError('no')), forever)).rejects.toThrow('no')
    expect(await gate.run(async () => 'next', forever)).toBe('next')
  })
})

it('runs no query for a caller who hung up while waiting', async () => {
  const { app, reader } = await setUp()
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const path = '/v1/rsvp/queries/yes-by-city'
  const release = reader.hold()
  const running = [app.inject({ url: path }), app.inject({ url: path })]
  await reader.asked(2)
  const closed = new Deferred()
  const arrived = new Deferred()
  app.server.once('request', (_request, response) => {
    response.once('close', closed.resolve)
    arrived.resolve()
  })
  const leaver = httpRequest(`${origin}${path}`).on('error', () => undefined)
  leaver.end()
  await arrived.promise
  leaver.destroy()
  await closed.promise
  release()
  await Promise.all(running)
  expect((await app.inject({ url: path })).statusCode).toBe(200)
  expect(reader.requests).toHaveLength(3)
})
