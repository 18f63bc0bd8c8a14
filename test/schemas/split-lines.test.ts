import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineSplitter, splitLines } from '../../schemas/split-lines.ts'

const lineBytesMax = 8

function split(body: string | Uint8Array) {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const { lines, tooLong } = splitLines(bytes, { lineBytesMax })
  return { lines: lines.map((line) => [line.number, Buffer.from(line.bytes).toString('latin1')]), tooLong }
}

describe('splitLines', () => {
  it.each([
    ['an empty body', '', []],
    [
      'a last line without a newline',
      'a\nb',
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    [
      'one trailing carriage return as framing',
      'a\r\nb\r',
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    ['a second carriage return as part of the line', 'a\r\r\n', [[1, 'a\r']]],
    ['a carriage return inside a line', 'a\rb\n', [[1, 'a\rb']]],
    ['blank lines skipped, but counted', '\n\r\n\na\n\n', [[4, 'a']]],
    ['a line of spaces as a line', ' \n', [[1, ' ']]],
  ])('takes %s', (_, body, lines) => {
    expect(split(body)).toEqual({ lines, tooLong: [] })
  })

  it('removes a byte order mark at the start and nowhere else', () => {
    expect(split('\ufeffa\n\ufeffb').lines).toEqual([
      [1, 'a'],
      [2, '\xef\xbb\xbfb'],
    ])
    expect(split('\n\ufeffa').lines).toEqual([[2, '\xef\xbb\xbfa']])
    expect(split('\ufeff\r\na').lines).toEqual([[2, 'a']])
  })

  it('keeps bytes that are not text', () => {
    expect(split(Uint8Array.from([0xff, 0x00, 0xc3, 0x0a, 0x80])).lines).toEqual([
      [1, '\xff\0\xc3'],
      [2, '\x80'],
    ])
  })

  it('refuses lines over the limit by number; framing does not count', () => {
    expect(split('12345678\n123456789\n12345678\r\n\n1234567890123456789')).toEqual({
      lines: [
        [1, '12345678'],
        [3, '12345678'],
      ],
      tooLong: [2, 5],
    })
    expect(split('\ufeff12345678\r').lines).toEqual([[1, '12345678']])
  })

  it('copies nothing', () => {
    const body = Buffer.from('abc\ndef\n')
    const { lines } = splitLines(body, { lineBytesMax })
    expect(lines.map(({ bytes }) => bytes.buffer === body.buffer)).toEqual([true, true])
  })
})

describe('LineSplitter', () => {
  it('splits the same wherever the chunks are cut, and knows where each line ends', () => {
    const piece = fc.constantFrom('a', '\n', '\r', '\r\n', '\ufeff', 'xyz', '123456789')
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.array(fc.nat({ max: 5 }), { maxLength: 40 }),
        (pieces, cuts) => {
          const body = Buffer.from(pieces.join(''))
          const whole = splitLines(body, { lineBytesMax })
          const splitter = new LineSplitter({ lineBytesMax })
          const results = [...chunksOf(body, cuts).map((chunk) => splitter.push(chunk)), splitter.end()]
          const plain = (lines: typeof whole.lines) => lines.map((line) => ({ ...line, bytes: [...line.bytes] }))
          expect(plain(results.flatMap(({ lines }) => lines))).toEqual(plain(whole.lines))
          expect(results.flatMap(({ tooLong }) => tooLong)).toEqual(whole.tooLong)
          expect(splitter.last.endByte).toBe(body.length)
          for (const { endByte } of whole.lines)
            expect(endByte === body.length || body[endByte - 1] === 0x0a).toBe(true)
        },
      ),
    )
  })

  it('goes on after any line as if it had read from the start', () => {
    const body = Buffer.from('\ufeffone\n\ntwo\r\nthree')
    const { lines } = splitLines(body, { lineBytesMax })
    for (const [i, { number, endByte }] of lines.entries()) {
      const splitter = new LineSplitter({ lineBytesMax, after: { number, endByte } })
      const rest = [splitter.push(body.subarray(endByte)), splitter.end()].flatMap((result) => result.lines)
      expect(rest).toEqual(lines.slice(i + 1))
    }
  })

  it('does not hold on to a line that is too long', () => {
    const splitter = new LineSplitter({ lineBytesMax })
    const chunk = new Uint8Array(1024 * 1024).fill(0x61)
    for (let i = 0; i < 3000; i += 1) splitter.push(chunk)
    expect(splitter.push(Buffer.from('\nnext\n'))).toMatchObject({ lines: [{ number: 2 }], tooLong: [1] })
    expect(splitter.last.endByte).toBe(3000 * chunk.length + 6)
  })
})

function chunksOf(body: Buffer, sizes: readonly number[]): Buffer[] {
  let at = 0
  const chunks = sizes.map((size) => body.subarray(at, (at += size)))
  return [...chunks, body.subarray(at)]
}
