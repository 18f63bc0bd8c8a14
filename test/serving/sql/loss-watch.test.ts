import { describe, expect, it } from 'vitest'
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
  const end = (reason: string, isStatements = false) => ({ pid: 1, reason, isStatements })

  it('are named with the reason when several have ended alike', () => {
    const { losses, named } = setUp()
    for (const reason of ['out of memory', 'no disk', 'out of memory', 'out of memory']) losses.note(end(reason))
    expect(named).toEqual(new Map())
    losses.note(end('out of memory'))
    expect(named).toEqual(new Map([['SQL workers', 'they end again and again, the last 3 alike: out of memory']]))
  })

  it('are not where their callers ended them', () => {
    const { losses, named } = setUp()
    for (let ends = 0; ends < 9; ends += 1) losses.note(end('its statement could not be interrupted', true))
    expect(named).toEqual(new Map())
  })
})
