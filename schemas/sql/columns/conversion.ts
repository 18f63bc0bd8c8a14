import { isScalar } from '../../contract/node.ts'
import type { ContractNode, EnumNode } from '../../contract/node.ts'
import { digitsOf, elementTypeOf, scalarTypeOf, storedType, typeNames } from '../../declare/column-types.ts'
import type { ColumnType, ScalarType } from '../../declare/column-types.ts'
import type { TimeForm } from '../../declare/dataset.ts'
import { parsedType } from '../../contract/kinds.ts'
import { dateSql, timestampSql } from './time-sql.ts'

/** How the value of a field becomes the value of a column. */
export type Conversion = {
  /** SQL of the column's value; null for a value that does not fit the column. It never fails. */
  readonly sql: (value: string) => string
  /** True if every value that the contract allows fits. */
  readonly fitsAll: boolean
}

/** What the parsed event has at a field: a BIGINT, DOUBLE, VARCHAR or BOOLEAN, or raw JSON. */
export type Parsed =
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'number' | 'text' | 'boolean' | 'json' }

type TypedColumn = { readonly type: ColumnType; readonly from?: TimeForm | undefined }

const asItIs: Conversion = { sql: (value) => value, fitsAll: true }

/** Returns how a field becomes a column; null if no column of that type can hold it. */
export function conversionOf(node: ContractNode, { type, from }: TypedColumn): Conversion | null {
  const parsed = parsedAs(node)
  if (type === 'JSON') return parsed.kind === 'json' ? asItIs : null
  const scalar = scalarTypeOf(type)
  if (scalar !== null) return scalarConversion(parsed, { type: scalar, from })
  const element = elementTypeOf(type)
  if (element === null || node.kind !== 'array') return null
  const ofElement = scalarConversion(parsedAs(node.element.node), { type: element, from })
  return ofElement === null ? null : listConversion(ofElement)
}

/** The types that a column of the field can have, in words. */
export function possibleTypes(node: ContractNode): readonly string[] {
  const typesOf = (of: ContractNode) =>
    typeNames.filter((name) => conversionOf(of, { type: name === 'DECIMAL(p,s)' ? 'DECIMAL(38,0)' : name }) !== null)
  const lists =
    node.kind === 'array' && isScalar(node.element.node)
      ? typesOf(node.element.node).filter((name) => name !== 'JSON')
      : []
  return [...lists.map((name) => `${name}[]`), ...typesOf(node)]
}

function listConversion({ sql, fitsAll }: Conversion): Conversion {
  if (sql('element') === 'element') return asItIs
  // A list is left out as a whole, so that its verdict can tell that an element does not fit.
  const isMisfit = `element IS NOT NULL AND ${sql('element')} IS NULL`
  const convert = (list: string) => `list_transform(${list}, lambda element: ${sql('element')})`
  return fitsAll
    ? { sql: convert, fitsAll }
    : {
        sql: (list) => `CASE WHEN len(list_filter(${list}, lambda element: ${isMisfit})) = 0 THEN ${convert(list)} END`,
        fitsAll,
      }
}

function parsedAs(node: ContractNode): Parsed {
  switch (node.kind) {
    case 'integer':
      return node
    case 'number':
    case 'text':
    case 'boolean':
      return { kind: node.kind }
    case 'enum':
      return parsedEnum(node)
    default:
      return { kind: 'json' }
  }
}

function parsedEnum(node: EnumNode): Parsed {
  const numbers = node.values.map(Number)
  switch (parsedType(node)) {
    case 'VARCHAR':
      return { kind: 'text' }
    case 'BOOLEAN':
      return { kind: 'boolean' }
    case 'BIGINT':
      return { kind: 'integer', min: Math.min(...numbers), max: Math.max(...numbers) }
    case 'DOUBLE':
      return { kind: 'number' }
    case 'JSON':
      return { kind: 'json' }
  }
}

function scalarConversion(
  parsed: Parsed,
  { type, from }: TypedColumn & { readonly type: ScalarType },
): Conversion | null {
  if (from !== undefined && type !== 'TIMESTAMPTZ' && type !== 'DATE') return null
  switch (type) {
    case 'BIGINT':
    case 'INTEGER':
    case 'UBIGINT':
    case 'HUGEINT':
      return toInteger(parsed, type)
    case 'DOUBLE':
      return parsed.kind === 'integer' || parsed.kind === 'number' ? asItIs : null
    case 'VARCHAR':
      return parsed.kind === 'text' ? asItIs : null
    case 'BOOLEAN':
      return parsed.kind === 'boolean' ? asItIs : null
    case 'TIMESTAMPTZ':
      return timestampSql(parsed, from)
    case 'DATE':
      return dateSql(parsed, from)
    default:
      return toDecimal(parsed, type)
  }
}

type IntegerType = 'BIGINT' | 'INTEGER' | 'UBIGINT' | 'HUGEINT'

/** The ranges of the types that are narrower than the integers of a contract. */
const ranges: Readonly<Record<IntegerType, { readonly min: number; readonly max: number }>> = {
  BIGINT: { min: -Infinity, max: Infinity },
  INTEGER: { min: -(2 ** 31), max: 2 ** 31 - 1 },
  UBIGINT: { min: 0, max: Infinity },
  HUGEINT: { min: -Infinity, max: Infinity },
}

function toInteger(parsed: Parsed, type: IntegerType): Conversion | null {
  const cast = (value: string) => `TRY_CAST(${value} AS ${storedType(type)})`
  switch (parsed.kind) {
    case 'integer': {
      const fitsAll = parsed.min >= ranges[type].min && parsed.max <= ranges[type].max
      return fitsAll && type !== 'HUGEINT' ? asItIs : { sql: cast, fitsAll }
    }
    case 'number': {
      // Above this, a number of JSON stands for its neighbours as well.
      const isWhole = (value: string) => `${value} = trunc(${value}) AND abs(${value}) <= ${Number.MAX_SAFE_INTEGER}`
      return { sql: (value) => `CASE WHEN ${isWhole(value)} THEN ${cast(value)} END`, fitsAll: false }
    }
    case 'text':
      // The cast takes blanks, underscores and more, so the value must print as the text was.
      return { sql: (value) => `CASE WHEN ${cast(value)}::VARCHAR = ${value} THEN ${cast(value)} END`, fitsAll: false }
    default:
      return null
  }
}

/** Every decimal of so many digits is the shortest text of its DOUBLE. Beyond, one DOUBLE stands for several. */
export const exactDigits = 15

/**
 * SQL of whether the shortest text of a DOUBLE has no digits beyond the scale, and no more than it holds exactly. Such a
 * text has an exponent where the number is very large or very small.
 */
function isExactText(text: string, scale: number): string {
  const mantissa = `split_part(${text}, 'e', 1)`
  const fraction = `length(rtrim(split_part(${mantissa}, '.', 2), '0'))`
  const exponent = `coalesce(TRY_CAST(split_part(${text}, 'e', 2) AS INTEGER), 0)`
  const digits = `length(trim(replace(replace(${mantissa}, '.', ''), '-', ''), '0'))`
  return `${fraction} - ${exponent} <= ${scale} AND ${digits} <= ${exactDigits}`
}

function toDecimal(parsed: Parsed, type: string): Conversion | null {
  const digits = digitsOf(type)
  if (digits === null) return null
  const { precision, scale } = digits
  const cast = (value: string) => `TRY_CAST(${value} AS ${type})`
  switch (parsed.kind) {
    case 'integer': {
      const fitsAll = Math.max(Math.abs(parsed.min), Math.abs(parsed.max)) < 10 ** (precision - scale)
      return { sql: cast, fitsAll }
    }
    case 'number': {
      const text = (value: string) => `${value}::VARCHAR`
      const isWhole = (value: string) => `${value} = trunc(${value}) AND abs(${value}) <= ${Number.MAX_SAFE_INTEGER}`
      const fits = (value: string) => `(${isWhole(value)}) OR (${isExactText(text(value), scale)})`
      return { sql: (value) => `CASE WHEN ${fits(value)} THEN ${cast(text(value))} END`, fitsAll: false }
    }
    case 'text': {
      // The cast rounds, so digits beyond the scale must be zeros.
      const fraction = scale === 0 ? '0+' : `[0-9]{1,${scale}}0*`
      const isPlain = (value: string) => `regexp_full_match(${value}, '-?[0-9]+([.]${fraction})?')`
      return { sql: (value) => `CASE WHEN ${isPlain(value)} THEN ${cast(value)} END`, fitsAll: false }
    }
    default:
      return null
  }
}
