import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printable } from '../../../cli/output/printable.ts'

describe('bytes for a terminal', () => {
  it.each([
    ['plain {"a": 1}', 'plain {"a": 1}'],
    ['東京 é 🙂', '東京 é 🙂'],
    ['a\nb\tc', String.raw`a\x0ab\x09c`],
    ['back\\slash', String.raw`back\\slash`],
    ['\u202eright to left', String.raw`\xe2\x80\xaeright to left`],
    ['\u009bcontrol', String.raw`\xc2\x9bcontrol`],
  ])('show %j', (text, shown) => {
    expect(printable(Buffer.from(text))).toBe(shown)
  })

  it('show every byte that is no character by its number', () => {
    expect(printable(Buffer.from([0x61, 0xff, 0xc3, 0x28, 0xe2, 0x82, 0x62, 0xf0]))).toBe(
      String.raw`a\xff\xc3(\xe2\x82b\xf0`,
    )
  })

  it('can be read back, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(Buffer.from(readBack(printable(bytes)))).toEqual(Buffer.from(bytes))
      }),
    )
  })
})

function readBack(text: string): Uint8Array {
  const parts = text.split(/(\\\\|\\x[0-9a-f]{2})/)
  return Buffer.concat(
    parts.map((part) =>
      part === '\\\\'
        ? Buffer.from('\\')
        : part.startsWith('\\x')
          ? Buffer.from(part.slice(2), 'hex')
          : Buffer.from(part),
    ),
  )
}
