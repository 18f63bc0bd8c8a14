import { describe, expect, it } from 'vitest'
import { figuresOf, isFailed, isShort } from '../../bench/report/figure.ts'
import { measuredText, verdictText } from '../../bench/report/text.ts'
import type { FigureSpec, Reading } from '../../bench/row.ts'

const ratio: FigureSpec = {
  title: 'a ratio',
  unit: 'x',
  goal: { atMost: 2 },
  moonshot: { atMost: 1.3 },
  quick: { atMost: 6 },
}
const rate: FigureSpec = { title: 'a rate', unit: 'events/s', goal: { atLeast: 100 } }

function figureOf(spec: FigureSpec, reading: Reading, scope = { isQuick: false, events: 1000 }) {
  const [figure] = figuresOf(
    { name: 'row', figures: { figure: spec }, measure: async () => ({}) },
    { figure: reading },
    scope,
  )
  if (figure === undefined) throw new Error('no figure')
  return figure
}

describe('a figure', () => {
  it.each([
    [ratio, 1.3, 'moonshot', false],
    [ratio, 2, 'goal', false],
    [ratio, 2.1, 'short', true],
    [rate, 100, 'goal', false],
    [rate, 99, 'short', true],
    [{ title: 'no goal', unit: 's' }, 99, null, false],
  ] as const)('of %j at %d: %s', (spec, value, reached, misses) => {
    const figure = figureOf(spec, { samples: [value] })
    expect(figure.reached).toBe(reached)
    expect(isShort(figure)).toBe(misses)
  })

  it('is the median of its runs, with the least and the greatest', () => {
    const figure = figureOf(ratio, { samples: [3, 1, 1.5] })
    expect(figure.measured).toEqual({ min: 1, median: 1.5, max: 3, runs: 3 })
    expect(measuredText(figure)).toBe('1.5 x (1 to 3, 3 runs)')
  })

  it('of a quick run is held to its wide margin only', () => {
    const scope = { isQuick: true, events: 1000 }
    expect(isShort(figureOf(ratio, { samples: [5] }, scope))).toBe(false)
    expect(isShort(figureOf(ratio, { samples: [7] }, scope))).toBe(true)
    expect(figureOf(rate, { samples: [1] }, scope).reached).toBeNull()
  })

  it('has no goal below the length of history that the goal is for', () => {
    const spec = { ...ratio, goalFrom: 2000 }
    expect(figureOf(spec, { samples: [9] }).reached).toBeNull()
    expect(figureOf(spec, { samples: [9] }, { isQuick: false, events: 2000 }).reached).toBe('short')
  })

  it('that failed is told from one that was skipped', () => {
    expect(isFailed(figureOf(ratio, { failed: 'out of memory' }))).toBe(true)
    expect(isFailed(figureOf(ratio, { skipped: 'no Spark here' }))).toBe(false)
  })

  it('says by how much it falls short, whichever way its goal points', () => {
    expect(verdictText(figureOf(ratio, { samples: [5] }))).toBe('<= 2, <= 1.3: FALLS SHORT, 2.5 x the goal')
    expect(verdictText(figureOf(rate, { samples: [50] }))).toBe('>= 100: FALLS SHORT, 2 x the goal')
  })
})
