import type { Literal } from '../../contract/node.ts'
import { digitsOf } from '../../declare/column-types.ts'
import type { ColumnType } from '../../declare/column-types.ts'
import type { TimeForm } from '../../declare/dataset.ts'
import { exactDigits } from './conversion.ts'
import { earliestEpochMs, latestEpochMs } from './epoch-range.ts'
import { epochRange, isoDay, isoTimestampPattern } from './time-sql.ts'

/**
 * Whether a constant of a contract fits a column that can hold its field. It decides as the SQL of `conversionOf` does,
 * without an engine, since a dataset is defined where there is none; a test compares the two.
 */
export function constantFits(
  constant: Literal,
  { type, from }: { type: ColumnType; from?: TimeForm | undefined },
): boolean {
  switch (type) {
    case 'BIGINT':
    case 'INTEGER':
    case 'UBIGINT':
    case 'HUGEINT':
      return isIntegerWithin(constant, integerRanges[type])
    case 'TIMESTAMPTZ':
      return isTime(constant, from)
    case 'DATE':
      return isTime(constant, from) || (typeof constant === 'string' && isDay(constant) && constant >= '0001')
    default: {
      const digits = digitsOf(type)
      return digits === null || isDecimalWithin(constant, digits)
    }
  }
}

type IntegerRange = { readonly min: bigint; readonly max: bigint }

const hugeMax = 10n ** 38n - 1n

const integerRanges: Readonly<Record<'BIGINT' | 'INTEGER' | 'UBIGINT' | 'HUGEINT', IntegerRange>> = {
  BIGINT: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
  INTEGER: { min: -(2n ** 31n), max: 2n ** 31n - 1n },
  UBIGINT: { min: 0n, max: 2n ** 64n - 1n },
  HUGEINT: { min: -hugeMax, max: hugeMax },
}

function isIntegerWithin(constant: Literal, { min, max }: IntegerRange): boolean {
  const isInteger =
    typeof constant === 'number' ? Number.isSafeInteger(constant) : /^(?:0|-?[1-9]\d*)$/.test(String(constant))
  if (!isInteger) return false
  const value = BigInt(constant)
  return value >= min && value <= max
}

type Digits = { readonly precision: number; readonly scale: number }

function isDecimalWithin(constant: Literal, { precision, scale }: Digits): boolean {
  if (typeof constant === 'number') {
    const [mantissa = '', exponent = ''] = constant.toExponential().split('e')
    const fraction = mantissa.split('.')[1]?.length ?? 0
    const isExact = Number.isSafeInteger(constant) || mantissa.replace(/[-.]/g, '').length <= exactDigits
    return isExact && fraction - Number(exponent) <= scale && Math.abs(constant) < 10 ** (precision - scale)
  }
  const [, whole, fraction = ''] = /^-?(\d+)(?:[.](\d+))?$/.exec(String(constant)) ?? []
  if (whole === undefined) return false
  return whole.replace(/^0+/, '').length <= precision - scale && fraction.replace(/0+$/, '').length <= scale
}

function isTime(constant: Literal, from: TimeForm | undefined): boolean {
  if (typeof constant === 'number') {
    const { min, max } = epochRange(from === undefined || from === 'iso' ? 'ms' : from, 'number')
    return constant >= min && constant <= max
  }
  const text = String(constant)
  if (!isoTimestamp.test(text) || !isDay(text.slice(0, dayLength))) return false
  const [, sign, hours, minutes = '0'] = /([+-])(\d\d):?(\d\d)?$/.exec(text.slice(dayLength)) ?? []
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '+' ? 1 : -1)
  const ms = Date.parse(`${text.slice(0, dayLength)}T${text.slice(dayLength + 1, dayLength + 9)}Z`) - offset
  return ms >= earliestEpochMs && ms <= latestEpochMs
}

const dayLength = 'YYYY-MM-DD'.length
const isoTimestamp = new RegExp(`^(?:${isoTimestampPattern})$`)
const day = new RegExp(`^${isoDay}$`)

/** JavaScript takes the 30th of February for a day in March. */
function isDay(text: string): boolean {
  if (!day.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
