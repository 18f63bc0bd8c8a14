import { expect, it } from 'vitest'
import { BackgroundJudge } from '../../../connectors/ingest/background-judge.ts'
import { settled } from '../../support/follow-log.ts'

const record = (bytes: number) => ({ key: null, value: Buffer.alloc(bytes) })

it('judges behind the one who appends, and holds it up only where too much waits', async () => {
  const gate = settled()
  const judged: number[] = []
  const judge = async (lines: readonly Uint8Array[]) => {
    judged.push(lines.length)
    await gate.promise
    return 1
  }
  const judging = new BackgroundJudge({ judge })
  await judging.add([record(10)])
  await judging.add([record(10), record(10)])
  expect({ judged, counts: judging.judged }).toEqual({ judged: [1], counts: { accepted: 0, rejected: 0 } })
  let isHeldUp = true
  const held = judging.add([record(2 * 1024 * 1024)]).then(() => (isHeldUp = false))
  await Promise.resolve()
  expect(isHeldUp).toBe(true)
  gate.resolve()
  await held
  await judging.end()
  expect({ judged, counts: judging.judged }).toEqual({ judged: [1, 3], counts: { accepted: 2, rejected: 2 } })
})

it('judges what comes after nothing, and after a pause', async () => {
  const judging = new BackgroundJudge({ judge: async (lines) => lines.length - 1 })
  await judging.add([])
  await judging.end()
  await judging.add([record(10), record(10)])
  await judging.end()
  await judging.add([])
  await judging.add([record(10), record(10)])
  await judging.end()
  expect(judging.judged).toEqual({ accepted: 2, rejected: 2 })
})

it('judges so many as it was told to, and no more', async () => {
  const judging = new BackgroundJudge({ judge: async () => 1, judgedMax: 3 })
  await judging.add([record(10), record(10)])
  await judging.end()
  await judging.add([record(10), record(10)])
  await judging.add([record(10)])
  await judging.end()
  expect(judging.judged).toEqual({ accepted: 1, rejected: 2 })
})
