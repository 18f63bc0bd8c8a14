import { describe, expect, it } from 'vitest'
import { collect, text, textsOf } from '../support/follow-log.ts'
import { describeLog } from '../contracts/log-contract.ts'
import { MemoryLog } from './memory-log.ts'

async function setUp() {
  const log = new MemoryLog()
  await log.ensureTopic('t')
  await log.append('t', [text('a'), text('b'), text('c')])
  return log
}

describe('MemoryLog on demand', () => {
  it('has gaps inside its slices', async () => {
    const log = await setUp()
    log.insertGap('t', 0, 2n)
    await log.append('t', [text('d')])
    const slices = await collect(log, 't', { from: new Map(), until: new Map([[0, 6n]]) })
    expect(slices.flatMap(({ records }) => records.map(({ offset }) => offset))).toEqual([0n, 1n, 2n, 5n])
    await log.close()
  })

  it('starts a slice later than asked where records were lost', async () => {
    const log = await setUp()
    log.lose('t', 0, 2n)
    const [slice] = await collect(log, 't', { from: new Map(), until: new Map([[0, 3n]]) })
    expect(slice).toMatchObject({ firstOffset: 2n, nextOffset: 3n })
    await log.close()
  })

  it.each([
    ['before', ['a', 'b', 'c']],
    ['after', ['a', 'b', 'c', 'd']],
  ] as const)('fails an append %s its records are in the log', async (moment, expected) => {
    const log = await setUp()
    log.failNextAppend = moment
    await expect(log.append('t', [text('d')])).rejects.toMatchObject({ code: 'LOG_UNREACHABLE' })
    const slices = await collect(log, 't', { from: new Map(), until: new Map([[0, BigInt(expected.length)]]) })
    expect(textsOf(slices)).toEqual(expected)
    await log.close()
  })

  it('has another identity once it is recreated', async () => {
    const log = await setUp()
    const identity = await log.identity('t')
    log.recreate('t')
    expect(await log.identity('t')).not.toBe(identity)
    await log.close()
  })

  it('follows a partition that appears later from its first offset', async () => {
    const log = await setUp()
    const slices = collect(log, 't', {
      from: new Map(),
      until: new Map([
        [0, 3n],
        [1, 1n],
      ]),
    })
    log.addPartition('t')
    await log.append('t', [text('d'), text('e')])
    expect((await slices).filter(({ partition }) => partition === 1)).toMatchObject([{ firstOffset: 0n }])
    await log.close()
  })
})

describeLog('MemoryLog', async ({ partitionCount }) => {
  const log = new MemoryLog({ partitionCount, sliceRecordsMax: 7 })
  return { log, openAgain: async () => log.sharing(), isTrimmed: true, close: () => log.close() }
})
