import type { $ZodCheck, $ZodChecks, $ZodStringFormatChecks, $ZodTypeDef, $ZodTypes } from 'zod/v4/core'
import type { Range } from './node.ts'

/** A rule beside a type, as zod keeps it. */
export type Rule = $ZodChecks['_zod']['def'] | $ZodStringFormatChecks['_zod']['def']

/** By rule or type that has no exact meaning in SQL: what to write instead. */
const advice: Readonly<Record<string, string>> = {
  custom: 'refine() and check() run code, which the engine cannot: say it by a type, a bound or a pattern',
  transform: 'transform() and preprocess() change the event: take it as it comes and compute in a query',
  pipe: 'pipe(), transform() and preprocess() change the event: take it as it comes and compute in a query',
  overwrite: 'trim(), toLowerCase() and their like change the event: take it as it comes and compute in a query',
  coerce: 'coerce changes the event: write the type that the event has',
  catch: 'catch() accepts anything: write the type, or z.unknown()',
  union:
    'no column can hold a union: write one type, nullable() for null, z.enum() for texts, z.discriminatedUnion() for objects that a field tells apart, or z.unknown()',
  discriminatedUnion: 'the kinds of a z.discriminatedUnion() are z.object(), not unions of their own',
  intersection: 'write one z.object() with all fields, by extend()',
  lazy: 'a contract that contains itself has no tables: write z.unknown() for the part that repeats',
  tuple: 'write z.array(), or an object with a name for each element',
  date: 'JSON has no dates: write z.iso.datetime(), or z.int() for epoch milliseconds',
  bigint: 'JSON.parse makes no bigint: write z.int(), or z.string() with a pattern of digits',
  null: 'write nullable() behind the type that it has otherwise',
  literal: 'its values are texts, finite numbers or booleans; write nullable() for null',
  catchall: 'unknown fields are allowed, by z.object(), or refused, by z.strictObject()',
  record: 'the keys of a record are z.string(); an object with known keys is z.object()',
  looseRecord: 'a loose record checks no key: write z.record(z.string(), ...)',
}

/** What is wrong with a text in a contract that SQL cannot compare with. */
export const unplain =
  'NUL, half a character or a noncharacter of U+FDD0 to U+FDEF cannot be looked for: write another text'

/** Throws the TypeError of a rule or type that has no exact meaning in SQL. */
export function refuse(path: string, rule: string): never {
  throw new TypeError(`${path}: ${advice[rule] ?? `a contract cannot say ${rule}`}`)
}

/** The internals of one of zod's own types. */
export function typeOf(schema: unknown, path: string): $ZodTypes['_zod'] {
  return isZodType(schema) ? schema._zod : refuse(path, 'what is no schema of zod 4')
}

/** The rules of a type, its own format first: a type such as z.email() is itself a rule. */
export function rulesOf(def: $ZodTypeDef): readonly Rule[] {
  return [def, ...(def.checks ?? []).map((check: $ZodCheck) => check._zod.def)].filter(isRule)
}

/** Throws if a type has rules. For types whose rules we do not derive. */
export function requireNoRules(def: $ZodTypeDef, path: string): void {
  if ('coerce' in def && def.coerce === true) refuse(path, 'coerce')
  for (const rule of rulesOf(def)) refuse(path, rule.check)
}

/** The range of lengths that the rules allow. Throws for a rule that is not about the length. */
export function lengthOf(rules: readonly Rule[], path: string): Range {
  return rules
    .map((rule) => lengthRule(rule, path))
    .reduce((all, one) => ({ min: Math.max(all.min, one.min), max: Math.min(all.max, one.max) }), {
      min: 0,
      max: Infinity,
    })
}

function lengthRule(rule: Rule, path: string): Range {
  switch (rule.check) {
    case 'min_length':
      return { min: count(rule.minimum, path), max: Infinity }
    case 'max_length':
      return { min: 0, max: count(rule.maximum, path) }
    case 'length_equals':
      return { min: count(rule.length, path), max: rule.length }
    default:
      return refuse(path, rule.check)
  }
}

function count(length: number, path: string): number {
  if (Number.isFinite(length)) return length
  throw new TypeError(`${path}: a bound of a length is a finite number`)
}

function isRule(def: object): def is Rule {
  return 'check' in def
}

function isZodType(schema: unknown): schema is $ZodTypes {
  return typeof schema === 'object' && schema !== null && '_zod' in schema
}
