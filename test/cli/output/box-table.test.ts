import * as fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { boxTable } from '../../../cli/output/box-table.ts'

const city = { name: 'city', isNumber: false }
const yes = { name: 'yes', isNumber: true }

describe('a table for people', () => {
  it('has numbers to the right and text to the left', () => {
    expect(
      boxTable(
        [city, yes],
        [
          ['London', '7'],
          ['Paris', '12345'],
        ],
      ),
    ).toBe(
      [
        '┌────────┬───────┐',
        '│ city   │   yes │',
        '├────────┼───────┤',
        '│ London │     7 │',
        '│ Paris  │ 12345 │',
        '└────────┴───────┘',
        '',
      ].join('\n'),
    )
  })

  it('cuts its widest cells to fit the terminal, and no narrower ones', () => {
    const table = boxTable([city, yes], [['Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch', '7']], {
      widthMax: 30,
    })
    expect(table.split('\n')[3]).toBe('│ Llanfairpwllgwyngyl… │   7 │')
  })

  it('is as wide as the terminal draws it, whatever characters it holds', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 })
    const rows = fc.array(fc.tuple(text, text), { maxLength: 5 })
    fc.assert(
      fc.property(rows, fc.integer({ min: 20, max: 60 }), (cells, widthMax) => {
        const lines = boxTable([city, yes], cells, { widthMax }).split('\n').slice(0, -1)
        const widths = new Set(lines.map((line) => stringWidth(line)))
        expect(widths.size).toBe(1)
        expect(Math.max(...widths)).toBeLessThanOrEqual(widthMax)
      }),
    )
  })

  it('lets no event move the cursor or colour the terminal', () => {
    const table = boxTable([city], [['\u001b[2Jgone\r\nnext\u202e']])
    expect(table).toContain(String.raw`\u001b[2Jgone\u000d↵next\u202e`)
  })

  it('shows its names where there are no rows', () => {
    expect(boxTable([city], []).split('\n')).toEqual(['┌──────┐', '│ city │', '├──────┤', '└──────┘', ''])
  })
})
