import { randomUUID } from 'node:crypto'

/** Texts, which are passed over, and numbers. In what is JSON no number stands elsewhere. */
const tokens = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
/** No DOUBLE needs more of them to be told from its neighbours. */
const doubleDigitsMax = 17
/** HUGEINT, the widest integer that a parameter can be. */
const [wholeMin, wholeMax] = [-(2n ** 127n), 2n ** 127n - 1n]
const wholeDigitsMax = 39

/**
 * What a text of JSON says, to the last digit: `JSON.parse` alone reads 9007199254740993 as 9007199254740992. A whole
 * number that a JavaScript number does not hold is a bigint; any other that would change is NaN, which no schema of a
 * number takes. Throws SyntaxError where the text is not JSON.
 */
export function parseExactJson(text: string): unknown {
  const plain: unknown = JSON.parse(text)
  // Each number that needs it is written as an object of a name that nobody can know, and found again by it.
  const mark = randomUUID()
  const held: (bigint | number)[] = []
  const marked = text.replace(tokens, (token) => {
    const exact = token.startsWith('"') ? 0 : exactNumber(token)
    return typeof exact === 'number' ? token : `{"${mark}":${held.push(exact ?? Number.NaN) - 1}}`
  })
  if (held.length === 0) return plain
  return JSON.parse(marked, (_name, value: unknown) => {
    const isMarked = typeof value === 'object' && value !== null && Object.hasOwn(value, mark)
    return isMarked ? held[Number(Object.values(value)[0])] : value
  })
}

/**
 * What a number of JSON says: whole ones to the last digit, as a bigint where a JavaScript number does not hold them; any
 * other as the DOUBLE it is. Null where it is neither.
 */
export function exactNumber(text: string): number | bigint | null {
  const { digits, exponent } = decimalOf(text)
  const number = Number(text)
  if (exponent >= 0 && digits.length + exponent <= wholeDigitsMax) {
    if (Number.isSafeInteger(number)) return number
    const whole = BigInt(`${text.startsWith('-') ? '-' : ''}${digits}${'0'.repeat(exponent)}`)
    if (whole >= wholeMin && whole <= wholeMax) return whole
  }
  const isDouble = digits.length <= doubleDigitsMax && Number.isFinite(number) && number !== 0
  return isDouble ? number : null
}

/** The number without its sign is `digits` times ten to the `exponent`; no zero stands at either end of the digits. */
function decimalOf(token: string): { readonly digits: string; readonly exponent: number } {
  const [mantissa = '', power = '0'] = token.replace('-', '').toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const significant = `${whole}${fraction}`.replace(/^0+/, '')
  const digits = significant.replace(/0+$/, '')
  if (digits === '') return { digits: '0', exponent: 0 }
  return { digits, exponent: Number(power) - fraction.length + significant.length - digits.length }
}
