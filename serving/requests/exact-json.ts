import { randomUUID } from 'node:crypto'

/** Matches texts, which are skipped, and numbers. Outside of texts, valid JSON has digits only in numbers. */
const tokens = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
/** So many digits tell every DOUBLE from its neighbours. */
const doubleDigitsMax = 17
/** The range of HUGEINT, the widest integer that a parameter can be. */
const [wholeMin, wholeMax] = [-(2n ** 127n), 2n ** 127n - 1n]
const wholeDigitsMax = 39

/**
 * Parses JSON and keeps every digit of a number: `JSON.parse` alone reads 9007199254740993 as 9007199254740992. A whole
 * number that a JavaScript number cannot hold becomes a bigint; another number that would change becomes NaN, which no
 * schema takes. Throws SyntaxError if the text is not JSON.
 */
export function parseExactJson(text: string): unknown {
  const plain: unknown = JSON.parse(text)
  // Each number that JSON.parse would change is replaced by an object with this name, which no caller can know, and put
  // back afterwards.
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
 * Returns the value of a JSON number: a whole one with every digit, as a bigint if a JavaScript number cannot hold it;
 * another one as a number. Null if neither can hold it.
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

/**
 * Without its sign, the number is `digits` times ten to the power of `exponent`. `digits` neither begins nor ends with
 * a zero.
 */
function decimalOf(token: string): { readonly digits: string; readonly exponent: number } {
  const [mantissa = '', power = '0'] = token.replace('-', '').toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const significant = `${whole}${fraction}`.replace(/^0+/, '')
  const digits = significant.replace(/0+$/, '')
  if (digits === '') return { digits: '0', exponent: 0 }
  return { digits, exponent: Number(power) - fraction.length + significant.length - digits.length }
}
