import {
  ARRAY,
  DuckDBArrayType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  DuckDBUnionType,
  DuckDBVariantType,
  DuckDBVector,
  LIST,
  MAP,
} from '@duckdb/node-api'
import type { DuckDBDataChunk, DuckDBStructValue, DuckDBType, DuckDBValue } from '@duckdb/node-api'
import bindings from '@duckdb/node-bindings'
import { AppError } from '../../schemas/errors.ts'

/** Put before the name of every field that is read, so that no name has a special meaning in JavaScript. */
const mark = '.'

/** Returns the values of one row of a chunk. `row` counts from the chunk's first row. */
type RowOf = (row: number) => readonly DuckDBValue[]

/**
 * Returns a reader of chunks of these types. Its structs hold every field, whatever its name; `fieldsOf` returns them.
 * The engine's client fills an object by assignment, which loses a field called `__proto__` and all but one of the
 * fields without a name. Throws SQL_INVALID for a VARIANT, because its names come with each value and cannot be marked.
 */
export function createChunkReader(types: readonly DuckDBType[]): (chunk: DuckDBDataChunk) => RowOf {
  const marked = types.map(markFields)
  return (chunk) => {
    const vectors = marked.map((type, column) =>
      DuckDBVector.create(bindings.data_chunk_get_vector(chunk.chunk, column), chunk.rowCount, type),
    )
    return (row) => vectors.map((vector) => vector.getItem(row))
  }
}

/** Returns the fields of a struct that such a reader has read, in their order. */
export function fieldsOf({ entries }: DuckDBStructValue): readonly (readonly [string, DuckDBValue])[] {
  return Object.entries(entries).map(([name, value]) => [name.slice(mark.length), value])
}

/** Returns the values of a struct whose fields have no names, such as `(1, 2)`; null if they have names. */
export function unnamedFields({ entries }: DuckDBStructValue): readonly DuckDBValue[] | null {
  return Object.keys(entries).some((name) => name.startsWith(mark)) ? null : Object.values(entries)
}

function markFields(type: DuckDBType): DuckDBType {
  if (type instanceof DuckDBStructType) {
    const names = type.entryNames.map((name, at) => (name === '' ? String(at) : `${mark}${name}`))
    return new DuckDBStructType(names, type.entryTypes.map(markFields), type.alias)
  }
  if (type instanceof DuckDBListType) return LIST(markFields(type.valueType), type.alias)
  if (type instanceof DuckDBArrayType) return ARRAY(markFields(type.valueType), type.length, type.alias)
  if (type instanceof DuckDBMapType) return MAP(markFields(type.keyType), markFields(type.valueType), type.alias)
  if (type instanceof DuckDBUnionType)
    return new DuckDBUnionType(type.memberTags, type.memberTypes.map(markFields), type.alias)
  if (type instanceof DuckDBVariantType)
    throw new AppError('SQL_INVALID', 'an answer cannot hold a VARIANT: cast it to JSON, v::JSON')
  return type
}
