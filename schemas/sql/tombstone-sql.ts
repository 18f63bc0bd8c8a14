import { slotAt } from '../contract/contract.ts'
import { parsedType } from '../contract/kinds.ts'
import { isScalar } from '../contract/node.ts'
import type { ContractNode, ScalarNode, Slot } from '../contract/node.ts'
import { storedType } from '../declare/column-types.ts'
import type { DefinedDataset } from '../declare/define-dataset.ts'
import { keyParts, namesInKey, wholeKey } from './record-keys.ts'
import type { KeyPart } from './record-keys.ts'
import { misfitReason } from './columns/column-value.ts'
import { conversionOf } from './columns/conversion.ts'
import { faultSql } from './fault-sql.ts'
import { scalarRules } from './scalar-sql.ts'
import { ident, list, literal, pointerTo } from './sql-text.ts'

/** How records without a value are read, if a table declares tombstones. */
export type TombstoneSql = {
  /** Over "key" and `value`: the key of a record without a value as text; null if it is none. */
  readonly text: string
  /** Over `key_text`: the same as JSON; null if it is none. */
  readonly json: string
  /** Over `value`, `key_text` and `key_json`: by table and column, what the tombstone deletes. It never fails. */
  readonly keys: string
  /** The type of `keys`. */
  readonly type: string
  /** Over "key", `key_text`, `key_json` and `tombstone`: why a record without a value is no tombstone; null if it is one. */
  readonly fault: string
}

/** Returns null for a dataset without tombstones. A key is read as an event is: longer ones than `bytesMax` are not. */
export function tombstoneSql(dataset: Pick<DefinedDataset, 'root' | 'tables'>, bytesMax: number): TombstoneSql | null {
  const parts = keyParts(dataset).map((part) => partSql(dataset.root, part))
  if (parts.length === 0) return null
  const tables = [...new Set(parts.map(({ table }) => table))]
  const keyOf = (table: string, field: (part: PartSql) => string) =>
    list(parts.filter((part) => part.table === table).map(field))
  const keys = tables.map((table) => {
    const key = keyOf(table, ({ column, value }) => `${ident(column)} := ${value}`)
    return `${ident(table)} := struct_pack(${key})`
  })
  const types = tables.map((table) => {
    const key = keyOf(table, ({ column, type }) => `${ident(column)} ${type}`)
    return `${ident(table)} STRUCT(${key})`
  })
  return {
    text: `CASE WHEN value IS NULL AND octet_length("key") <= ${bytesMax} THEN TRY(decode("key")) END`,
    // Extracting leaves out blanks around the value, which rules would see.
    json: `TRY(json_extract(key_text, ''))`,
    keys: `CASE WHEN value IS NULL THEN TRY(struct_pack(${list(keys)})) END`,
    type: `STRUCT(${list(types)})`,
    fault: `CASE
      WHEN "key" IS NULL THEN '${wholeKey}: missing, and the record has no value'
      WHEN octet_length("key") > ${bytesMax} THEN '${wholeKey}: longer than ${bytesMax} bytes, which is not parsed'
      WHEN key_text IS NULL THEN '${wholeKey}: not valid UTF-8'
      ELSE coalesce(${list(parts.map(({ fault }) => fault))}) END`,
  }
}

type PartSql = {
  readonly table: string
  readonly column: string
  /** The column's type, and SQL of its value. */
  readonly type: string
  readonly value: string
  readonly fault: string
}

function partSql(root: ContractNode, { table, column, declared, path }: KeyPart): PartSql {
  const node = slotAt(root, declared.path)?.node
  const conversion = node && conversionOf(node, declared)
  if (node === undefined || !isScalar(node) || conversion === undefined || conversion === null)
    throw new TypeError(`${table}: deletes: tombstones: ${column} is no single value`)
  const names = namesInKey(path)
  const isPlainText = names.length === 0 && parsedType(node) === 'VARCHAR'
  const json = isPlainText ? 'to_json(key_text)' : 'key_json'
  const parsed = `from_json(json_extract(${json}, ${literal(names.map(pointerTo).join(''))}), ${literal(JSON.stringify(parsedType(node)))})`
  const type = storedType(declared.type)
  const misfit = misfitReason({ name: path, type: declared.type, column: `${table}.${column}` })
  return {
    table,
    column,
    type,
    value: `TRY_CAST(${conversion.sql(parsed)} AS ${type})`,
    fault: `CASE
        WHEN ${json} IS NULL THEN ${literal(notJson(names, node))}
        ELSE coalesce(${faultSql(keySlot(names, node), json, wholeKey)}, CASE WHEN tombstone.${ident(table)}.${ident(column)} IS NULL THEN ${literal(misfit)} END) END`,
  }
}

function notJson(names: readonly string[], node: ScalarNode): string {
  return names.length === 0 ? `${wholeKey}: expected ${scalarRules(node, '').type.says}` : `${wholeKey}: not valid JSON`
}

/** The contract of a key that has the value at these names. Whatever the event may lack, the key of a row is there. */
function keySlot([name, ...below]: readonly string[], value: ScalarNode): Slot {
  const node: ContractNode =
    name === undefined ? value : { kind: 'object', fields: new Map([[name, keySlot(below, value)]]), isStrict: false }
  return { node, mayBeMissing: false, mayBeNull: false }
}
