import type { $ZodStringDef, $ZodTypeDef } from 'zod/v4/core'
import type { TextNode } from './node.ts'
import { lengthOf, refuse, rulesOf, unplain } from './rules.ts'
import type { Rule } from './rules.ts'
import { enginePattern, isPlainText } from './engine-pattern.ts'
import type { EnginePattern } from './engine-pattern.ts'

/** A condition on a text, beside its length. `says` completes "expected ...". */
export type TextTest = { readonly says: string } & (
  | { readonly test: 'pattern'; readonly pattern: EnginePattern }
  | { readonly test: 'contains' | 'starts_with' | 'ends_with'; readonly part: string }
)

/** The formats that zod checks by their pattern alone. The others also run code, a checksum or a parser. */
const patternFormats: ReadonlySet<string> = new Set([
  'regex',
  'lowercase',
  'uppercase',
  'email',
  'guid',
  'uuid',
  'nanoid',
  'cuid',
  'cuid2',
  'ulid',
  'xid',
  'ksuid',
  'datetime',
  'date',
  'time',
  'ipv4',
  'mac',
  'cidrv4',
  'e164',
])

/**
 * zod's pattern of a duration looks ahead, which RE2 cannot. `durationPatterns` together mean the same: the second one
 * refuses a text that ends without a part.
 */
const zodDuration =
  '^P(?:(\\d+W)|(?!.*W)(?=\\d|T\\d)(\\d+Y)?(\\d+M)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+([.,]\\d+)?S)?)?)$'
const durationPatterns: readonly RegExp[] = [
  /^P(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:[.,]\d+)?S)?)?)$/,
  /[YMWDHS]$/,
]

export function textNode(def: $ZodStringDef & $ZodTypeDef, path: string): TextNode {
  if ('coerce' in def && def.coerce) return refuse(path, 'coerce')
  const rules = rulesOf(def)
  const formats = rules.filter((rule) => rule.check === 'string_format')
  const length = lengthOf(
    rules.filter((rule) => rule.check !== 'string_format'),
    path,
  )
  if (length.min > length.max) throw new TypeError(`${path}: no text has such a length`)
  return { kind: 'text', length, tests: formats.flatMap((rule) => testsOf(rule, path)) }
}

type FormatRule = Extract<Rule, { readonly check: 'string_format' }>

function testsOf(rule: FormatRule, path: string): readonly TextTest[] {
  if ('includes' in rule && typeof rule.includes === 'string') {
    if ('position' in rule && rule.position !== undefined)
      throw new TypeError(`${path}: includes() takes no position here: write a pattern`)
    return [partTest('contains', rule.includes, path)]
  }
  if ('prefix' in rule && typeof rule.prefix === 'string') return [partTest('starts_with', rule.prefix, path)]
  if ('suffix' in rule && typeof rule.suffix === 'string') return [partTest('ends_with', rule.suffix, path)]
  const { pattern, format } = rule
  if (pattern === undefined) throw new TypeError(`${path}: ${format} is no pattern: write regex() or z.string()`)
  if (format === 'duration' && pattern.source === zodDuration)
    return durationPatterns.map((part) => ({
      test: 'pattern',
      pattern: enginePattern(part, path),
      says: 'a duration of ISO 8601',
    }))
  if (!patternFormats.has(format))
    throw new TypeError(`${path}: ${format} looks at more than a pattern: write regex() or z.string()`)
  const says = format === 'regex' ? `a text like ${pattern.toString()}` : `a text of the format ${format}`
  return [{ test: 'pattern', pattern: enginePattern(pattern, path), says }]
}

const partWords = { contains: 'with', starts_with: 'that starts with', ends_with: 'that ends with' } as const

function partTest(test: keyof typeof partWords, part: string, path: string): TextTest {
  if (!isPlainText(part)) throw new TypeError(`${path}: ${unplain}`)
  return { test, part, says: `a text ${partWords[test]} ${JSON.stringify(part)}` }
}
