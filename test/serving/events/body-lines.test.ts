import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../schemas/errors.ts'
import { countLines, splitLines } from '../../../schemas/split-lines.ts'
import { jsonElements } from '../../../serving/events/json-elements.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

describe('the lines of a body', () => {
  it('are numbered as an editor numbers them and come byte for byte', () => {
    const body = Buffer.from('\xef\xbb\xbfa\r\n\n\r\n b \r\r\n\0\n\xff', 'latin1')
    const { lines } = splitLines(body, { lineBytesMax: 10 })
    expect(lines.map(({ number, bytes }) => [number, text(bytes)])).toEqual([
      [1, 'a'],
      [4, ' b \r'],
      [5, '\0'],
      [6, '\xff'],
    ])
  })

  it('are refused by number only where they are longer than allowed without their framing', () => {
    const { lines, tooLong } = splitLines(Buffer.from('\xef\xbb\xbfabc\r\nabcd\nabc', 'latin1'), { lineBytesMax: 3 })
    expect([lines.map(({ number }) => number), tooLong]).toEqual([[1, 3], [2]])
  })

  it('are what was joined, for any bytes', () => {
    const line = fc
      .uint8Array({ maxLength: 6 })
      .map((bytes) => bytes.filter((byte) => byte !== 0x0a && byte !== 0x0d && byte !== 0xef))
    fc.assert(
      fc.property(fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n'))), (parts) => {
        const body = Buffer.concat(parts.flatMap(([bytes, end]) => [bytes, Buffer.from(end)]))
        const expected = parts.flatMap(([bytes], i) => (bytes.length === 0 ? [] : [[i + 1, text(bytes)]]))
        expect(splitLines(body, { lineBytesMax: 6 }).lines.map(({ number, bytes }) => [number, text(bytes)])).toEqual(
          expected,
        )
        expect(countLines(body)).toBe(parts.length + 1)
      }),
    )
  })
})

describe('the elements of a JSON array', () => {
  it('are the texts they were written as, for any values and spacing', () => {
    const space = fc.constantFrom('', ' ', '\n\t', '\r\n')
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.json(), space, space)), (elements) => {
        const body = Buffer.from(`[${elements.map(([element, before, after]) => before + element + after).join(',')}]`)
        expect(jsonElements(body, { elementsMax: 100 }).map((bytes) => Buffer.from(bytes).toString())).toEqual(
          elements.map(([element]) => element.trim()),
        )
      }),
    )
  })

  it('are found or refused in any bytes, never lost without a word', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('[', ']', '{', '}', ',', '"', '\\', 'x', ' '), { maxLength: 12 }),
        (characters) => {
          const body = `[${characters.join('')}`
          expect([body.replaceAll(' ', ''), 'REQUEST_INVALID']).toContain(rejoined(body))
        },
      ),
    )
  })
})

/** The array as its elements make it again, or the code of its refusal. */
function rejoined(body: string): string {
  try {
    const elements = jsonElements(Buffer.from(body), { elementsMax: 100 }).map(text)
    return `[${elements.join(',')}]`.replaceAll(' ', '')
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  }
}
