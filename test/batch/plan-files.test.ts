import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planFiles } from '../../batch/plan-files.ts'
import type { FilePlan } from '../../batch/plan-files.ts'
import type { DataFile } from '../../schemas/formats/manifest.ts'

const fileRowsMax = 100

function file(name: string, rows: number, timeFrom = 0): DataFile {
  return {
    key: `rsvp/0000000001/run/${name}.parquet`,
    rows,
    bytes: rows * 10,
    time_from: timeFrom,
    time_to: timeFrom + rows,
    sha256: null,
  }
}

function plan(
  files: readonly DataFile[],
  deltaRows: number,
  replaced: Readonly<Record<string, number>> = {},
): FilePlan {
  const replacedRows = new Map(files.map(({ key }) => [key, replaced[nameOf(key)] ?? 0]))
  return planFiles({ files, replacedRows, deltaRows, fileRowsMax })
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1, -'.parquet'.length)
}

function names({ kept, rewritten }: FilePlan) {
  return {
    kept: kept.map(({ key }) => nameOf(key)),
    rewritten: rewritten.map(({ sources, hasDelta }) => [
      ...sources.map(({ key }) => nameOf(key)),
      ...(hasDelta ? ['delta'] : []),
    ]),
  }
}

/** The files that a run with this plan would leave: each rewritten group cut into files of at most `fileRowsMax` rows. */
function carryOut(
  { kept, rewritten }: FilePlan,
  {
    deltaRows,
    deltaTime,
    run,
    replaced,
  }: { deltaRows: number; deltaTime: number; run: number; replaced: ReadonlyMap<string, number> },
): readonly DataFile[] {
  const written = rewritten.flatMap(({ sources, hasDelta }, group) => {
    const rows = sources.reduce(
      (sum, { key, rows: held }) => sum + held - (replaced.get(key) ?? 0),
      hasDelta ? deltaRows : 0,
    )
    const timeFrom = Math.min(...sources.map(({ time_from: time }) => time), ...(hasDelta ? [deltaTime] : []))
    return Array.from({ length: Math.ceil(rows / fileRowsMax) }, (_, i) =>
      file(`${run}-${group}-${i}`, Math.min(fileRowsMax, rows - i * fileRowsMax), timeFrom + i),
    )
  })
  return [...kept, ...written].toSorted((a, b) => a.time_from - b.time_from)
}

describe('which files a run writes again', () => {
  it('leaves everything untouched where nothing is new', () => {
    expect(names(plan([file('a', 100), file('b', 3)], 0))).toEqual({ kept: ['a', 'b'], rewritten: [] })
  })

  it('leaves full files untouched that lose nothing', () => {
    expect(names(plan([file('a', 100), file('b', 100)], 10))).toEqual({ kept: ['a', 'b'], rewritten: [['delta']] })
  })

  it('adds new rows to a file that has room', () => {
    expect(names(plan([file('a', 100), file('b', 20)], 10))).toEqual({ kept: ['a'], rewritten: [['b', 'delta']] })
  })

  it('writes a file again that loses rows', () => {
    expect(names(plan([file('a', 100), file('b', 100)], 10, { a: 1 }))).toEqual({
      kept: ['b'],
      rewritten: [['a'], ['delta']],
    })
  })

  it('joins a file that has become small with its small neighbour', () => {
    expect(names(plan([file('a', 20), file('b', 100), file('c', 100)], 0, { b: 80 }))).toEqual({
      kept: ['c'],
      rewritten: [['a', 'b']],
    })
  })

  it('writes nothing for a file that loses all its rows and has no neighbour', () => {
    expect(names(plan([file('a', 10)], 0, { a: 10 }))).toEqual({ kept: [], rewritten: [['a']] })
  })

  it('names each file once and the new rows once', () => {
    const sizes = fc.array(fc.record({ rows: fc.integer({ min: 1, max: 100 }), replaced: fc.nat({ max: 100 }) }), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(sizes, fc.nat({ max: 300 }), (given, deltaRows) => {
        const files = given.map(({ rows }, i) => file(`f${i}`, rows, i))
        const replaced = Object.fromEntries(given.map(({ rows, replaced: lost }, i) => [`f${i}`, Math.min(rows, lost)]))
        const { kept, rewritten } = names(plan(files, deltaRows, replaced))
        const expected = [...files.map(({ key }) => nameOf(key)), ...(deltaRows > 0 ? ['delta'] : [])]
        expect([...kept, ...rewritten.flat()].toSorted()).toEqual(expected.toSorted())
        for (const name of kept) expect(replaced[name]).toBe(0)
      }),
    )
  })

  it('does not pile up small files over many small runs, whether their rows are new, late or replaced', () => {
    const runs = fc.array(
      fc.record({
        deltaRows: fc.integer({ min: 1, max: 30 }),
        deltaTime: fc.nat({ max: 1000 }),
        replacedIn: fc.nat({ max: 20 }),
        replacedRows: fc.nat({ max: 5 }),
      }),
      { minLength: 50, maxLength: 120 },
    )
    fc.assert(
      fc.property(runs, (given) => {
        let files: readonly DataFile[] = []
        for (const [run, { deltaRows, deltaTime, replacedIn, replacedRows }] of given.entries()) {
          const hit = files[replacedIn % Math.max(1, files.length)]
          const replaced = new Map(hit === undefined ? [] : [[hit.key, Math.min(hit.rows, replacedRows)]])
          files = carryOut(planFiles({ files, replacedRows: replaced, deltaRows, fileRowsMax }), {
            deltaRows,
            deltaTime,
            run,
            replaced,
          })
        }
        const rows = files.reduce((sum, file) => sum + file.rows, 0)
        expect(files.length).toBeLessThanOrEqual(2 + Math.ceil((4 * rows) / fileRowsMax))
      }),
      { numRuns: 50 },
    )
  })

  it('does not pile up files where every run brings a late row', () => {
    let files: readonly DataFile[] = [file('big', 80, 500)]
    for (let run = 1; run <= 100; run += 1) {
      const replaced = new Map<string, number>()
      files = carryOut(planFiles({ files, replacedRows: replaced, deltaRows: 2, fileRowsMax }), {
        deltaRows: 2,
        deltaTime: 400 - run,
        run,
        replaced,
      })
    }
    expect(files.length).toBeLessThanOrEqual(7)
  })
})
