import { expect, it } from 'vitest'
import { ForwardReader } from '../../serving/forward-reader.ts'
import type { Answer, ReadRequest } from '../../serving/reader.ts'

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
    { status: () => [] },
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
  await new ForwardReader(processes, { status: () => [status] }).read(request)
  await new ForwardReader(processes, { status: () => [{ ...status, lost }] }).read(request)
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
  await new ForwardReader(processes, { status: () => [status] }).read(request)
  expect(asked).toEqual([new Map([['t', new Map([[0, 12n]])]])])
})
