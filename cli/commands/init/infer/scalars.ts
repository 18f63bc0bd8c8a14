import { isPlainText } from '../../../../schemas/contract/engine-pattern.ts'
import type { ColumnType } from '../../../../schemas/declare/column-types.ts'
import type { TimeForm } from '../../../../schemas/declare/dataset.ts'
import { idRank, isMoneyName, isTimeName } from './names.ts'
import type { Shape } from './shape.ts'
import { areDates, areZodTimes, timeFormOf } from './time-forms.ts'

/** A field of single values of one kind: how contract and column say it. */
export type Scalar = {
  readonly kind: 'scalar'
  readonly zod: string
  readonly type: ColumnType
  /** For a time: how the field writes it, where a column does not guess as much. */
  readonly from?: TimeForm
  /** What was guessed, for whoever reads the contract. */
  readonly note?: string
}

/** Epoch milliseconds and seconds up to the year 9999. */
const boundsOf = { s: '.min(0).max(253_402_300_799)', ms: '.min(0).max(253_402_300_799_999)', us: '.min(0)' } as const

/** Null for what is not of one kind, or of none. */
export function scalarOf(name: string, shape: Shape): Scalar | null {
  const { booleans, numbers, texts, objects, arrays } = shape
  const kinds = [booleans, numbers.size, texts.size, objects, arrays].filter((size) => size > 0)
  if (kinds.length !== 1) return null
  if (booleans > 0) return { kind: 'scalar', zod: 'z.boolean()', type: 'BOOLEAN' }
  if (numbers.size > 0) return numberOf(name, shape)
  return texts.size > 0 ? textOf(name, shape) : null
}

function numberOf(name: string, shape: Shape): Scalar | null {
  const written = [...shape.numbers.keys()]
  if (!written.every((number) => Number.isFinite(Number(number)))) return null
  const areIntegers = written.every((number) => /^(0|-?[1-9]\d*)$/.test(number) && Number.isSafeInteger(Number(number)))
  const unit = isTimeName(name) ? timeFormOf(shape) : undefined
  if (unit !== undefined && unit !== 'iso')
    return {
      kind: 'scalar',
      zod: areIntegers ? `z.int()${boundsOf[unit]}` : 'z.number()',
      type: 'TIMESTAMPTZ',
      ...(unit === 'ms' ? {} : { from: unit }),
    }
  if (areIntegers) return { kind: 'scalar', zod: 'z.int()', type: 'BIGINT' }
  const decimal = isMoneyName(name) ? decimalOf(written.map((number) => String(Number(number)))) : null
  if (decimal !== null) return { kind: 'scalar', zod: 'z.number()', type: decimal }
  return { kind: 'scalar', zod: 'z.number()', type: 'DOUBLE' }
}

/** Numbers of JSON are exact to fifteen digits. */
const [exactDigits, scaleMax, roomDigits] = [15, 4, 3]

/** A DECIMAL with room for larger amounts; null if the numbers are none of money. */
function decimalOf(numbers: readonly string[]): ColumnType | null {
  if (!numbers.every((number) => /^-?\d+(\.\d+)?$/.test(number))) return null
  const scale = Math.max(2, ...numbers.map((number) => number.split('.')[1]?.length ?? 0))
  const whole = Math.max(...numbers.map((number) => number.replace('-', '').split('.')[0]?.length ?? 0))
  const precision = Math.max(12, whole + roomDigits + scale)
  return scale <= scaleMax && precision <= exactDigits ? `DECIMAL(${precision},${scale})` : null
}

function textOf(name: string, shape: Shape): Scalar {
  const texts = [...shape.texts.keys()]
  if (timeFormOf(shape) === 'iso')
    return areZodTimes(texts)
      ? { kind: 'scalar', zod: 'z.iso.datetime({ offset: true })', type: 'TIMESTAMPTZ' }
      : {
          kind: 'scalar',
          zod: 'z.string()',
          type: 'TIMESTAMPTZ',
          note: 'Times that z.iso.datetime() would refuse as they are written; the column reads them all the same.',
        }
  if (areDates(texts)) return { kind: 'scalar', zod: 'z.iso.date()', type: 'DATE' }
  const digits = idRank(name) === undefined ? null : digitsType(texts)
  if (digits !== null) return { kind: 'scalar', zod: 'z.string()', type: digits, note: 'Only digits in the sample.' }
  const decimal = isMoneyName(name) && texts.every((text) => /^-?\d+\.\d+$/.test(text)) ? decimalOf(texts) : null
  if (decimal !== null) return { kind: 'scalar', zod: 'z.string()', type: decimal }
  const choices = idRank(name) === undefined ? choicesOf(shape) : null
  if (choices === null) return { kind: 'scalar', zod: 'z.string()', type: 'VARCHAR' }
  return {
    kind: 'scalar',
    zod: `z.enum([${choices.map((choice) => `'${choice}'`).join(', ')}])`,
    type: 'VARCHAR',
    note: 'These are all that the sample has; z.string() takes any other as well.',
  }
}

/** Ids whose texts are written as the number is printed, which the column requires. */
function digitsType(texts: readonly string[]): ColumnType | null {
  if (!texts.every((text) => /^(0|[1-9]\d{0,37})$/.test(text))) return null
  return texts.every((text) => BigInt(text) < 2n ** 64n) ? 'UBIGINT' : 'HUGEINT'
}

const [choicesMax, choiceCharsMax, repeatsMin] = [6, 60, 10]

/** The values of a field that has few and short ones, over and over. */
function choicesOf({ texts }: Shape): readonly string[] | null {
  const choices = [...texts.keys()].toSorted()
  const seen = [...texts.values()].reduce((sum, count) => sum + count, 0)
  const areFew = choices.length <= choicesMax && choices.join('').length <= choiceCharsMax
  const areWords = choices.every((choice) => /^[A-Za-z][\w .:/-]*$/.test(choice) && isPlainText(choice))
  return areFew && areWords && choices.length > 1 && seen >= choices.length * repeatsMin ? choices : null
}
