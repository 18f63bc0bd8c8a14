import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBGeometryValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  DuckDBVariantValue,
} from '@duckdb/node-api'
import type { DuckDBValue } from '@duckdb/node-api'
import type { JsonValue } from './reader.ts'
import { fieldsOf, unnamedFields } from './struct-fields.ts'

/** A JSON number holds every decimal of this many digits exactly. */
const exactDigits = 15

/**
 * Converts a value of the engine to JSON, exactly: a value that a JSON number cannot hold digit by digit becomes a
 * string. Times without a zone are in UTC, as in every session. INTERVAL, TIME, UUID and BIT become text that the
 * engine can cast back.
 */
export function toJsonValue(value: DuckDBValue): JsonValue {
  switch (typeof value) {
    case 'bigint':
      return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'object':
      return value === null ? null : objectToJson(value)
    default:
      return value
  }
}

/** Returns about how many bytes a JSON value has as text. This counts towards an answer's limit. */
export function jsonBytes(value: JsonValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value) + 3
  if (value === null || typeof value !== 'object') return 8
  if (isList(value)) return value.reduce((bytes: number, item) => bytes + jsonBytes(item), 3)
  return Object.entries(value).reduce((bytes, [name, item]) => bytes + jsonBytes(name) + jsonBytes(item), 3)
}

/** Makes names unique and keeps their order: a repeated name gets `_1`, or the first number that is free. */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  const nextSuffix = new Map<string, number>()
  return names.map((name) => {
    let unique = name
    for (let suffix = nextSuffix.get(name) ?? 1; taken.has(unique); suffix += 1) {
      unique = `${name}_${suffix}`
      nextSuffix.set(name, suffix + 1)
    }
    taken.add(unique)
    return unique
  })
}

/** `Array.isArray` does not narrow a union that holds a readonly array. */
function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function objectToJson(value: Exclude<DuckDBValue, null | boolean | number | bigint | string>): JsonValue {
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(toJsonValue)
  if (value instanceof DuckDBStructValue) return unnamedFields(value)?.map(toJsonValue) ?? objectOf(fieldsOf(value))
  if (value instanceof DuckDBMapValue) return objectOf(value.entries.map((entry) => [keyOf(entry.key), entry.value]))
  if (value instanceof DuckDBUnionValue) return objectOf([[value.tag, value.value]])
  if (value instanceof DuckDBVariantValue) return toJsonValue(value.value)
  if (value instanceof DuckDBBlobValue || value instanceof DuckDBGeometryValue) {
    return Buffer.from(value.bytes).toString('base64')
  }
  if (value instanceof DuckDBDecimalValue) return decimalToJson(value)
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue)
    return instant(value.micros * 1_000n, value)
  if (value instanceof DuckDBTimestampMillisecondsValue) return instant(value.millis * 1_000_000n, value)
  if (value instanceof DuckDBTimestampSecondsValue) return instant(value.seconds * 1_000_000_000n, value)
  if (value instanceof DuckDBTimestampNanosecondsValue) return instant(value.nanos, value)
  return value.toString()
}

function objectOf(entries: readonly (readonly [string, DuckDBValue])[]): JsonValue {
  return Object.fromEntries(entries.map(([name, value]) => [name, toJsonValue(value)]))
}

function keyOf(key: DuckDBValue): string {
  const value = toJsonValue(key)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function decimalToJson(decimal: DuckDBDecimalValue): JsonValue {
  const digits = decimal.value < 0n ? -decimal.value : decimal.value
  return digits < 10n ** BigInt(exactDigits) ? Number(decimal.toString()) : decimal.toString()
}

/**
 * Formats a time by RFC 3339, with as many digits of the second as it has. Outside the years 0 to 9999, returns the
 * engine's own text.
 */
function instant(nanos: bigint, value: { readonly isFinite: boolean; toString(): string }): string {
  const nanosOfMilli = ((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n
  const millis = Number((nanos - nanosOfMilli) / 1_000_000n)
  const text = value.isFinite && Math.abs(millis) <= 8.64e15 ? new Date(millis).toISOString() : ''
  if (!/^\d{4}-/.test(text)) return value.toString()
  if (nanosOfMilli === 0n) return text.replace('.000Z', 'Z')
  return `${text.slice(0, -1)}${String(nanosOfMilli).padStart(6, '0').replace(/000$/, '')}Z`
}
