import { exactNumber, formatNumber } from '../page/numbers.ts'
import type { Answered } from '../page/numbers.ts'

/**
 * Returns the sum of the parts and its difference from the whole: `0`, `+263`, `−2`. Whole numbers of any size stay
 * exact.
 */
export function addUp(parts: readonly Answered[], whole: Answered): { readonly sum: string; readonly off: string } {
  const integers = [whole, ...parts].map(integerOf)
  if (integers.every((each) => each !== null)) {
    const [expected = 0n, ...added] = integers
    const sum = added.reduce((total, part) => total + part, 0n)
    return { sum: exactNumber(String(sum)), off: signed(exactNumber(String(sum - expected))) }
  }
  const sum = parts.reduce((total: number, part) => total + Number(part ?? 0), 0)
  return { sum: formatNumber(sum), off: signed(formatNumber(sum - Number(whole ?? 0))) }
}

function integerOf(value: Answered): bigint | null {
  if (value === null) return 0n
  return /^-?\d+$/.test(String(value)) ? BigInt(value) : null
}

function signed(text: string): string {
  if (text === '0' || text === '-0') return '0'
  return text.startsWith('-') ? `−${text.slice(1)}` : `+${text}`
}
