import { describe, expect, it } from 'vitest'
import type { Cell } from '../../../schemas/ports/engine.ts'
import { byPosition, paramCell, splitParams } from '../../../cli/commands/query/query-params.ts'

describe('parameters of a statement', () => {
  it.each([
    ['7', 7n],
    ['-9007199254740993', -9007199254740993n],
    ['1.5', 1.5],
    ['1e3', 1000],
    ['9007199254740993.0', 9007199254740993n],
    ['true', true],
    ['null', null],
    ['London', 'London'],
    ["'7'", '7'],
    ["''", ''],
    ['', ''],
    ['2017-03-19', '2017-03-19'],
  ])('read %s as what it looks like', (text, cell) => {
    expect(paramCell(text)).toBe(cell)
  })

  it('refuse a number that would change', () => {
    expect(() => paramCell('0.1234567890123456789')).toThrow('has no exact form as a number')
    expect(() => paramCell('1e400')).toThrow('in single quotes it is a text')
  })

  it('may hold equal signs and lines in their values', () => {
    expect(splitParams(['a=b=c', 'd=1\n2'])).toEqual(
      new Map([
        ['a', 'b=c'],
        ['d', '1\n2'],
      ]),
    )
  })

  it('are refused together where they have no name', () => {
    expect(() => splitParams(['a', 'b=1', '=c'])).toThrow('got a =c')
  })

  it('go by position to a server, and what is quoted or commented stays as it is', () => {
    const sql = `SELECT $b, $a, '$a''$b', "$a" /* $a */, $b::DATE -- $a\nFROM t`
    expect(
      byPosition(
        sql,
        new Map<string, Cell>([
          ['a', 1n],
          ['b', 'x'],
        ]),
      ),
    ).toEqual({ sql: `SELECT $1, $2, '$a''$b', "$a" /* $a */, $1::DATE -- $a\nFROM t`, params: ['x', 1n] })
  })

  it('are none where the statement has none', () => {
    expect(byPosition('SELECT 1', new Map())).toEqual({ sql: 'SELECT 1', params: [] })
  })
})
