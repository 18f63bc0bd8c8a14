import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../bench/arguments.ts'

const rows = [{ name: 'stage' }, { name: 'rebuild' }]

describe('arguments of the bench', () => {
  it('name how much is measured, and a quick run measures less', () => {
    expect(parseArguments([], rows)).toMatchObject({ run: { events: 1_000_000, runs: 3, isQuick: false, only: [] } })
    expect(parseArguments(['--quick'], rows)).toMatchObject({ run: { events: 40_000, runs: 2, isQuick: true } })
    expect(parseArguments(['--quick', '--events', '5', '--runs', '2', '--only', 'stage'], rows)).toMatchObject({
      run: { events: 5, runs: 2, isQuick: true, only: ['stage'] },
    })
  })

  it('that are wrong end with 2 and say what is possible', () => {
    const wrong = [['--events', '0'], ['--events', '1.5'], ['--runs', 'x'], ['--only', 'gone'], ['--fast'], ['stage']]
    for (const args of wrong) expect(parseArguments(args, rows)).toMatchObject({ status: 2 })
    expect(parseArguments(['--only', 'gone'], rows)).toMatchObject({ text: expect.stringContaining('stage, rebuild') })
  })

  it('ask for help, which names how the bench ends, and ends with 0', () => {
    expect(parseArguments(['--help'], rows)).toMatchObject({
      status: 0,
      text: expect.stringContaining('with 3 if a goal is missed'),
    })
  })
})
