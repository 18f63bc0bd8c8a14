import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { LossWatch } from '../../../serving/sql/loss-watch.ts'

function setUp() {
  const named = new Map<string, string>()
  const losses = new LossWatch({
    set: (part, reason) => void named.set(part, reason),
    clear: (part) => void named.delete(part),
  })
  return { losses, named }
}

describe('SQL workers that end', () => {
  const end = (reason: string, isStatements = false, wasReady = true) => ({ pid: 7, reason, isStatements, wasReady })

  it('are named with the reason when several have ended alike', () => {
    const { losses, named } = setUp()
    for (const reason of ['out of memory', 'no disk', 'out of memory', 'out of memory']) losses.note(end(reason))
    expect(named).toEqual(new Map())
    losses.note(end('out of memory'))
    expect(named.get('SQL workers')).toBe(
      'they end again and again, the last 3 alike: out of memory; process 7 ended after it had been ready',
    )
  })

  it('are named with what to do where they end before they are ready, however long a start takes', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { losses, named } = setUp()
    for (let starts = 0; starts < 3; starts += 1) {
      losses.note(end('it was ended by SIGABRT', false, false))
      vi.advanceTimersByTime(600_000)
    }
    expect(named.get('SQL workers')).toMatch(
      /the last 3 alike: it was ended by SIGABRT; process 7 ended before it was ready.*SQL_WORKER_MEMORY_BYTES_MAX/,
    )
    losses.noteReady()
    vi.advanceTimersByTime(600_000)
    expect(named).toEqual(new Map())
  })

  it('are not where their callers ended them', () => {
    const { losses, named } = setUp()
    for (let ends = 0; ends < 9; ends += 1) losses.note(end('its statement could not be interrupted', true))
    expect(named).toEqual(new Map())
  })
})
