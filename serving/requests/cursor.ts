import { z } from 'zod'
import type { ColumnType } from '../../schemas/declare/column-types.ts'
import type { Cell } from '../../schemas/ports/engine.ts'
import { AppError } from '../../schemas/errors.ts'
import type { JsonValue } from '../replica/reader.ts'

/** `t` is the table, `k` the values of the unique columns in the last row of the page. */
const Cursor = z.strictObject({ t: z.string(), k: z.array(z.union([z.string(), z.number(), z.boolean()])) })

const Int64 = z
  .union([z.string().regex(/^-?\d{1,19}$/), z.int()])
  .transform((digits) => BigInt(digits))
  .refine((value) => value === BigInt.asIntN(64, value))

const Natural = z.string().regex(/^\d{1,20}$/)
const Digits = z.string().regex(/^-?\d{1,39}(\.\d{1,39})?(e-\d{1,2})?$/)

/** The table and the types of the columns that its rows are ordered by. */
export type CursorColumns = { readonly table: string; readonly types: readonly ColumnType[] }

/**
 * Encodes where a page ended by the key of its last row, not by a row number: it stays right when rows are added,
 * removed or handed over.
 */
export function formatCursor(table: string, key: readonly JsonValue[]): string {
  return Buffer.from(JSON.stringify({ t: table, k: key })).toString('base64url')
}

/** Returns one cell for each of the types. Throws REQUEST_INVALID for text that is not a cursor of this table. */
export function parseCursor(text: string, { table, types }: CursorColumns): readonly Cell[] {
  try {
    const { t, k } = Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
    if (t !== table || k.length !== types.length) throw new TypeError(`it is a cursor of ${t}`)
    return types.map((type, i) => toCell(type, k[i]))
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `cursor: not a next_cursor of ${table}.`, { cause })
  }
}

function toCell(type: ColumnType, value: string | number | boolean | undefined): Cell {
  switch (type) {
    case 'BIGINT':
    case 'INTEGER':
      return Int64.parse(value)
    case 'DOUBLE':
      return z.coerce.number().parse(value)
    case 'BOOLEAN':
      return z.boolean().parse(value)
    case 'TIMESTAMPTZ':
      return z.iso.datetime({ offset: true }).parse(value)
    case 'DATE':
      return z.iso.date().parse(value)
    case 'VARCHAR':
      return z.string().parse(value)
    case 'BLOB':
      return Buffer.from(z.base64().parse(value), 'base64')
    case 'UBIGINT':
      return Natural.parse(String(value))
    default:
      // What is wider than 64 bits is cast from its digits.
      return Digits.parse(String(value))
  }
}
