import type { Cell } from '../../../schemas/ports/engine.ts'
import { AppError } from '../../../schemas/errors.ts'
import { exactNumber } from '../../../serving/requests/exact-json.ts'

/** Splits `name=value` flags. Throws USAGE with every fault at once. */
export function splitParams(flags: readonly string[]): ReadonlyMap<string, string> {
  const pairs = flags.map((flag) => /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(flag))
  const faults = flags.filter((_, i) => pairs[i] === null)
  if (faults.length > 0)
    throw new AppError('USAGE', `--param: expected name=value, for example --param limit=5, got ${faults.join(' ')}`)
  return new Map(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] ?? '', pair[2] ?? ''] as const])))
}

/**
 * Returns the value of a parameter of ad-hoc SQL: a number, true, false or null if the text reads as one, else text. In
 * single quotes it is always text.
 */
export function paramCell(text: string): Cell {
  const quoted = /^'(.*)'$/s.exec(text)
  if (quoted !== null) return quoted[1] ?? ''
  if (/^-?\d+$/.test(text)) return BigInt(text)
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return numberCell(text)
  if (text === 'true' || text === 'false') return text === 'true'
  return text === 'null' ? null : text
}

function numberCell(text: string): Cell {
  const number = exactNumber(text)
  if (number !== null) return number
  throw new AppError('USAGE', `--param: ${text} has no exact form as a number; in single quotes it is a text`)
}

/** Matches quoted text, quoted names and comments, which are skipped, and the wanted `$name`. */
const tokens = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[^]*?\*\/|\$([A-Za-z_][A-Za-z0-9_]*)\b(?!\$)/g

/** A server takes parameters by position, so `$name` becomes `$1`, `$2`... Throws USAGE for a name without a value. */
export function byPosition(
  sql: string,
  params: ReadonlyMap<string, Cell>,
): { readonly sql: string; readonly params: readonly Cell[] } {
  const names: string[] = []
  const numbered = sql.replace(tokens, (token: string, name: string | undefined) => {
    if (name === undefined) return token
    if (!params.has(name))
      throw new AppError('USAGE', `the statement has a parameter $${name}: give it a value with --param ${name}=...`)
    if (!names.includes(name)) names.push(name)
    return `$${names.indexOf(name) + 1}`
  })
  const unused = [...params.keys()].filter((name) => !names.includes(name))
  if (unused.length > 0)
    throw new AppError('USAGE', `the statement has no parameter ${unused.map((name) => `$${name}`).join(', ')}`)
  return { sql: numbered, params: names.map((name) => params.get(name) ?? null) }
}
