import { request as httpRequest } from 'node:http'
import { expect, it } from 'vitest'
import { Deferred } from '../../../schemas/async/deferred.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { Answer, DatasetAsOf } from '../../../serving/replica/reader.ts'
import { oneRow, rsvpAsOf } from '../../fakes/fake-reader.ts'
import { limits, setUp } from '../../support/serve-fakes.ts'

const path = '/v1/rsvp/queries/yes-by-city'
const many = 50

async function setUpAtOneState() {
  const { app, reader } = await setUp()
  reader.state = {}
  const ask = async (url: string, headers: Record<string, string> = {}) => {
    const answer = await app.inject({ url, headers })
    return [
      answer.statusCode,
      answer.statusCode === 200 ? answer.body.length > 0 : answer.json<{ code: string }>().code,
    ]
  }
  return { app, reader, ask }
}

it('computes an answer once for all who ask for it at one state, and takes no turns for the others', async () => {
  const { reader, ask } = await setUpAtOneState()
  expect(many).toBeGreaterThan(limits.queryConcurrencyMax * 5)
  const release = reader.hold()
  const asked = Array.from({ length: many }, () => ask(path))
  await reader.asked(1)
  release()
  expect(await Promise.all(asked)).toEqual(Array.from({ length: many }, () => [200, true]))
  expect(await ask(path)).toEqual([200, true])
  expect(reader.requests).toHaveLength(1)
})

it('computes it anew at another state, for another view, other parameters, other rows, and for Parquet', async () => {
  const { reader, ask } = await setUpAtOneState()
  await ask(path)
  reader.state = {}
  await ask(path)
  expect(reader.requests).toHaveLength(2)
  const others = [`${path}?view=batch`, `${path}?limit=7`, `${path}?city=7`, '/v1/rsvp/tables/rsvp?limit=7']
  for (const [n, other] of others.entries()) {
    for (let time = 0; time < 2; time += 1) await ask(other)
    expect(reader.requests).toHaveLength(3 + n)
  }
  for (let time = 0; time < 2; time += 1) await ask(`${path}?format=csv`)
  expect(reader.requests).toHaveLength(2 + others.length)
  await ask(`${path}?format=parquet`)
  await ask(`${path}?format=parquet`)
  expect(reader.requests).toHaveLength(4 + others.length)
})

it('is not misled by an answer whose computation began before the state changed', async () => {
  const { reader, ask } = await setUpAtOneState()
  const release = reader.hold()
  const first = ask(path)
  await reader.asked(1)
  reader.state = {}
  const second = ask(path)
  await reader.asked(2)
  release()
  await Promise.all([first, second])
  expect(reader.requests).toHaveLength(2)
})

it('says how old an answer is by now, and of which state it is, though the reader is ahead of what is known', async () => {
  const { app, reader } = await setUpAtOneState()
  const { asOf, ask } = { asOf: oneRow.asOf, ask: async () => (await app.inject({ url: path })).json() }
  const of = (change: Partial<DatasetAsOf>) => ({ ...asOf, datasets: { rsvp: { ...rsvpAsOf, ...change } } })
  reader.asOf = () => of({ lag_ms: 77 })
  expect(await ask()).toMatchObject({ as_of: of({ lag_ms: 0 }) })
  expect(await ask()).toMatchObject({ as_of: of({ lag_ms: 77 }), rows: [{ one: 1 }] })
  reader.asOf = () => of({ speed: { 'rsvp/0': '1540' } })
  expect(await ask()).toMatchObject({ as_of: of({}) })
  expect(reader.requests).toHaveLength(1)
})

it('is computed by one of the others when the first caller goes', async () => {
  const { app, reader } = await setUpAtOneState()
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const [first, others] = [new Deferred<Answer>(), new Deferred<Answer>()]
  reader.answer = ({ signal }) => {
    signal?.addEventListener('abort', () => first.reject(new AppError('CLOSED', 'the caller has gone')))
    reader.answer = () => others.promise
    return first.promise
  }
  const leaver = httpRequest(`${origin}${path}`).on('error', () => undefined)
  leaver.end()
  await reader.asked(1)
  const asked = Array.from({ length: many }, () => app.inject({ url: path }))
  leaver.destroy()
  await reader.asked(2)
  others.resolve(oneRow)
  expect((await Promise.all(asked)).map(({ statusCode }) => statusCode)).toEqual(asked.map(() => 200))
  expect(reader.requests).toHaveLength(2)
})

it('fails for all when the statement is at fault, and keeps no failure', async () => {
  const { reader, ask } = await setUpAtOneState()
  const release = reader.hold()
  reader.answer = () => {
    throw new AppError('QUERY_CAP_EXCEEDED', 'too much')
  }
  const asked = [ask(path), ask(path)]
  await reader.asked(1)
  release()
  expect(await Promise.all(asked)).toEqual([
    [422, 'QUERY_CAP_EXCEEDED'],
    [422, 'QUERY_CAP_EXCEEDED'],
  ])
  expect(reader.requests).toHaveLength(1)
  reader.answer = () => oneRow
  expect(await ask(path)).toEqual([200, true])
})

it.each(['CLOSED', 'QUERY_TIMEOUT'] as const)('asks again when the first caller ended with %s', async (code) => {
  const { reader, ask } = await setUpAtOneState()
  const release = reader.hold()
  reader.answer = () => {
    reader.answer = () => oneRow
    throw new AppError(code, 'the first caller')
  }
  const asked = [ask(path), ask(path)]
  await reader.asked(1)
  release()
  const [first, second] = await Promise.all(asked)
  expect(first).not.toEqual([200, true])
  expect(second).toEqual([200, true])
})

it('lets those take turns who are to send a long answer', async () => {
  const { reader, ask } = await setUpAtOneState()
  const release = reader.hold()
  reader.answer = () => ({ ...oneRow, rows: [['x'.repeat(300_000)]] })
  const asked = Array.from({ length: many }, () => ask(path))
  await reader.asked(1)
  release()
  const statuses = (await Promise.all(asked)).map(([status]) => status)
  expect(new Set(statuses)).toEqual(new Set([200, 429]))
  expect(reader.requests).toHaveLength(1)
})

it('keeps no answer that is long', async () => {
  const { reader, ask } = await setUpAtOneState()
  reader.answer = () => ({ ...oneRow, rows: [['x'.repeat(300_000)]] })
  await ask(path)
  await ask(path)
  expect(reader.requests).toHaveLength(2)
})
