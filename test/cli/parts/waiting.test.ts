import { describe, expect, it } from 'vitest'
import { untilReachable } from '../../../cli/parts/outages.ts'
import { Waiting } from '../../../cli/parts/waiting.ts'
import { AppError } from '../../../schemas/errors.ts'

function setUp() {
  const lines: string[] = []
  let nowMs = 0
  const say = (level: string) => (facts: object, text: string) =>
    lines.push(`${level} ${text} ${JSON.stringify(facts)}`)
  const waiting = new Waiting({ warn: say('warn'), info: say('info'), debug: () => undefined }, () => nowMs)
  return { waiting, lines, pass: (ms: number) => (nowMs += ms) }
}

const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })

describe('what is waited for', () => {
  it('is said once when it begins and once when it is over, however often it fails in between', () => {
    const { waiting, lines, pass } = setUp()
    for (let failure = 0; failure < 100; failure += 1) {
      waiting.set('archive', `failure ${failure}`)
      pass(100)
    }
    expect(waiting.list()).toEqual([{ part: 'archive', waitingFor: 'failure 99', sinceMs: 0, failures: 100 }])
    waiting.clear('archive')
    waiting.clear('archive')
    expect(waiting.list()).toEqual([])
    expect(lines).toEqual([
      'warn waiting: failure 0 {"part":"archive"}',
      'info goes on: archive {"part":"archive","seconds":10,"failures":100}',
    ])
  })

  it('is a disk as it is a log or a store, and goes on by itself when it is mended', async () => {
    const { waiting, lines } = setUp()
    const faults: Error[] = [
      full,
      new Error('IO Error: Could not write file "/w/x": No space left on device'),
      new AppError('STORE_UNREACHABLE', 'the store is away'),
    ]
    const named: string[] = []
    const mended: number[] = []
    const work = async (): Promise<string> => {
      named.push(...waiting.list().map(({ waitingFor }) => waitingFor))
      const fault = faults.shift()
      if (fault === undefined) return 'done'
      throw fault
    }
    const care = {
      waiting,
      signal: new AbortController().signal,
      mend: async () => void mended.push(faults.length),
    }
    expect(await untilReachable('archive', work, care)).toBe('done')
    expect(named).toEqual([
      'a local file cannot be used: ENOSPC: no space left on device, write: make room',
      'a local file cannot be used: IO Error: Could not write file "/w/x": No space left on device: make room',
      'the store is away',
    ])
    expect(mended).toEqual([2, 1])
    expect(lines.map((line) => line.split(' ', 1)[0])).toEqual(['warn', 'info'])
  })

  it('is nothing that will not pass', async () => {
    const { waiting } = setUp()
    const care = { waiting, signal: new AbortController().signal }
    await expect(untilReachable('part', () => Promise.reject(new Error('broken')), care)).rejects.toThrow('broken')
    expect(waiting.list()).toEqual([])
  })
})
