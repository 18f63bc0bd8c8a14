import { expect, it } from 'vitest'
import { ForwardReader } from '../../../serving/sql/forward-reader.ts'
import type { Answer, ReadRequest } from '../../../serving/replica/reader.ts'

const request: ReadRequest = {
  sql: 'SELECT 1',
  params: [],
  view: 'merged',
  dataset: null,
  after: new Map(),
  rowsMax: 1,
  bytesMax: 1000,
  timeoutMs: 1000,
}

function answerAt(speed: Readonly<Record<string, string>>): Answer {
  const asOf = { generation: 0, tidemark: {}, speed, stream_time: null, lag_ms: 0 }
  return { columns: [], rows: [], isTruncated: false, asOf: { view: 'merged', datasets: { d: asOf } }, elapsedMs: 0 }
}

const unasked = (generations: ReadonlyMap<string, number>): Promise<void> =>
  generations.size === 0 ? Promise.resolve() : Promise.reject(new TypeError('nothing was lost'))

it('asks each process to cover what was shown before, and what the caller asks for', async () => {
  const asked: ReadRequest['after'][] = []
  const positions = [
    { 't/0': '5', 't/1': '7' },
    { 't/0': '6', 't/1': '3' },
    { 't/0': '6', 't/1': '7' },
  ]
  const reader = new ForwardReader(
    {
      read: async ({ after }) => {
        asked.push(after)
        return answerAt(positions[asked.length - 1] ?? {})
      },
      status: () => [],
    },
    { status: () => [], attached: unasked },
  )
  await reader.read(request)
  await reader.read(request)
  await reader.read({ ...request, after: new Map([['t', new Map([[1, 9n]])]]) })
  expect(asked).toEqual([
    new Map(),
    new Map([
      [
        't',
        new Map([
          [0, 5n],
          [1, 7n],
        ]),
      ],
    ]),
    new Map([
      [
        't',
        new Map([
          [0, 6n],
          [1, 9n],
        ]),
      ],
    ]),
  ])
})

it('asks each process for the generation with which the replica dropped what is lost, and else for none', async () => {
  const asked: ReadRequest['generations'][] = []
  const processes = {
    read: async ({ generations }: ReadRequest) => {
      asked.push(generations)
      return answerAt({})
    },
    status: () => [],
  }
  const stands = { generation: 4, tidemark: {}, speed: {}, stream_time: null, lag_ms: 0 }
  const status = { ...stands, dataset: 'd', topic: 't', isReady: true, waitingFor: null, start_end: {} }
  const lost = { 't/0': [['3', '7']] } as const
  await new ForwardReader(processes, { status: () => [status], attached: unasked }).read(request)
  await new ForwardReader(processes, { status: () => [{ ...status, lost }], attached: unasked }).read(request)
  expect(asked).toEqual([undefined, new Map([['d', 4]])])
})

it('asks each process to cover what the replica of this process shows', async () => {
  const asked: ReadRequest['after'][] = []
  const processes = {
    read: async ({ after }: ReadRequest) => {
      asked.push(after)
      return answerAt({ 't/0': '12' })
    },
    status: () => [],
  }
  const stands = { generation: 0, tidemark: {}, speed: { 't/0': '12' }, stream_time: null, lag_ms: 0 }
  const status = { ...stands, dataset: 'd', topic: 't', isReady: true, waitingFor: null, start_end: {} }
  await new ForwardReader(processes, { status: () => [status], attached: unasked }).read(request)
  expect(asked).toEqual([new Map([['t', new Map([[0, 12n]])]])])
})

it('gives an answer without what is lost once the replica of this process has dropped it too, or cannot in time', async () => {
  const asked: unknown[] = []
  const lost = { 't/0': [['3', '7']] } as const
  const asOf = { generation: 5, tidemark: {}, speed: {}, lost, stream_time: null, lag_ms: 0 }
  const answer = { ...answerAt({}), asOf: { view: 'merged', datasets: { d: asOf } } } as const
  const attached = async (generations: ReadonlyMap<string, number>): Promise<void> => {
    asked.push(generations)
    if (asked.length > 1) throw new TypeError('too late')
  }
  const reader = new ForwardReader({ read: async () => answer, status: () => [] }, { status: () => [], attached })
  expect([await reader.read(request), await reader.read(request)]).toEqual([answer, answer])
  expect(asked).toEqual([new Map([['d', 5]]), new Map([['d', 5]])])
})
