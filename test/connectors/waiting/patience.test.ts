import { describe, expect, it } from 'vitest'
import { Patience } from '../../../connectors/waiting/patience.ts'

class Away extends Error {}
const reasonOf = (error: unknown): string | null => (error instanceof Away ? error.message : null)

function setUp() {
  const reasons: string[] = []
  const waits: number[] = []
  const stop = new AbortController()
  const sleep = async (ms: number): Promise<void> => void waits.push(ms)
  const patience = new Patience((reason) => reasons.push(reason), stop.signal, { sleep })
  return { patience, stop, reasons, waits }
}

function failing(...errors: Error[]): () => Promise<string> {
  return async () => {
    const error = errors.shift()
    if (error !== undefined) throw error
    return 'done'
  }
}

describe('patience', () => {
  it('repeats what may pass, says why each time, and waits longer each time', async () => {
    const { patience, reasons, waits } = setUp()
    const work = failing(new Away('first'), new Away('second'), new Away('third'))
    expect(await patience.outlast(work, reasonOf)).toBe('done')
    expect(reasons).toEqual(['first', 'second', 'third'])
    expect(waits).toHaveLength(3)
    expect(waits[2]).toBeGreaterThan(waits[0] ?? Infinity)
  })

  it('throws what does not pass, at once', async () => {
    const { patience, waits } = setUp()
    await expect(patience.outlast(failing(new Error('broken')), reasonOf)).rejects.toThrow('broken')
    expect(waits).toEqual([])
  })

  it('throws what might pass once it was asked to stop', async () => {
    const { patience, stop, reasons } = setUp()
    stop.abort()
    await expect(patience.outlast(failing(new Away('away')), reasonOf)).rejects.toThrow('away')
    expect(reasons).toEqual([])
  })
})
