const plainTypes = [
  'BIGINT',
  'INTEGER',
  'UBIGINT',
  'HUGEINT',
  'DOUBLE',
  'VARCHAR',
  'BOOLEAN',
  'TIMESTAMPTZ',
  'DATE',
] as const

type Decimal = `DECIMAL(${number},${number})`

/** A type of one value. A DECIMAL names how many digits it has, and how many of them are after the point. */
export type ScalarType = (typeof plainTypes)[number] | Decimal

/** JSON is a part of the event as it is, without a shape. */
export type ColumnType = ScalarType | `${ScalarType}[]` | 'JSON' | 'BLOB'

/** In words, the types that a declaration can name. A BLOB is of the log's record alone. */
export const typeNames = [...plainTypes, 'DECIMAL(p,s)', 'JSON'] as const

/** The type of a list's elements; null for what is no list. */
export function elementTypeOf(type: ColumnType): ScalarType | null {
  return type.endsWith('[]') ? scalarTypeOf(type.slice(0, -2)) : null
}

export function scalarTypeOf(type: string): ScalarType | null {
  return plainTypes.find((plain) => plain === type) ?? (isDecimal(type) ? type : null)
}

export function isKnownType(type: ColumnType): boolean {
  return type === 'JSON' || type === 'BLOB' || scalarTypeOf(type) !== null || elementTypeOf(type) !== null
}

/** The digits of a DECIMAL, and those of them after the point; the engine casts none without one before it. */
export function digitsOf(type: string): { readonly precision: number; readonly scale: number } | null {
  const found = /^DECIMAL\((\d{1,2}),(\d{1,2})\)$/.exec(type)
  if (found === null) return null
  const [precision, scale] = [Number(found[1]), Number(found[2])]
  return precision >= 1 && precision <= 38 && scale < precision ? { precision, scale } : null
}

function isDecimal(type: string): type is Decimal {
  return digitsOf(type) !== null
}

/** The type as DDL has it. Parquet has no integers of 128 bits, so a HUGEINT is kept as the widest DECIMAL. */
export function storedType(type: ColumnType): string {
  return type.replace('HUGEINT', 'DECIMAL(38,0)')
}
