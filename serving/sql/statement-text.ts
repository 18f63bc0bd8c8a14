import { AppError } from '../../schemas/errors.ts'

/** Enough for lists of thousands of ids. */
const bytesMax = 256 * 1024
/** Numbers, texts and commas do not count, so lists may be long. */
const wordsMax = 10_000
/**
 * The parser's time grows with the square of the grouped expressions, so after one of these words every word counts
 * this many times.
 */
const weights: ReadonlyMap<string, number> = new Map([
  ['group', 2],
  ['rollup', 10],
])
const nestingMax = 200
/** The engine reads a run of operators again from each operator and each comment in it. */
const operatorsInRowMax = 1_000

const operatorsInRow = new RegExp(`[~!@#^&|\`?+*/%<>=-]{${operatorsInRowMax + 1}}`)

/**
 * Matches the next piece of a statement, cut as the engine's lexer cuts it. A text without an end ends with the
 * statement.
 */
const piece = new RegExp(
  [
    String.raw`\s+|--[^\n\r]*`,
    String.raw`(?<comment>/\*)`,
    String.raw`(?<value>[eE]'(?:[^'\\]|\\[^]|'')*(?:'|$)|'[^']*(?:'|$)|-?\d[\w.]*)`,
    String.raw`(?<dollar>\$(?:[a-zA-Z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)`,
    String.raw`(?<open>[([{])|(?<close>[)\]}])`,
    String.raw`(?<word>"[^"]*(?:"|$)|[\w\u0080-\uffff][\w$\u0080-\uffff]*|[$?]\d*|[~!@#^&|${'`'}+*/%<>=:.-]{1,2})`,
    String.raw`[^]`,
  ].join('|'),
  'y',
)

/**
 * Refuses a statement that could keep the engine's parser busy for long, because nothing can interrupt the parser.
 * Reads the text once. Throws SQL_INVALID with the limit.
 */
export function checkStatementText(sql: string): void {
  // The engine would read only the text before the first NUL.
  if (sql.includes('\0')) throw new AppError('SQL_INVALID', 'a statement cannot hold the character NUL')
  if (Buffer.byteLength(sql) > bytesMax) throw beyond(bytesMax, 'bytes')
  if (operatorsInRow.test(sql)) throw beyond(operatorsInRowMax, 'operators in a row')
  let [words, brackets, cases, weight] = [0, 0, 0, 1]
  for (const { open, close, word, value, dollar = value } of pieces(sql)) {
    brackets += Number(open !== undefined) - Number(close !== undefined)
    const keyword = word?.toLowerCase() ?? ''
    weight = Math.max(weight, weights.get(keyword) ?? 1)
    // `end` may also be a name. It then lowers the count of CASEs, so this count must not lower that of brackets.
    cases = Math.max(0, cases + Number(keyword === 'case') - Number(keyword === 'end'))
    if (brackets + cases > nestingMax) throw beyond(nestingMax, 'brackets and CASEs within each other')
    if (word !== undefined || (dollar !== undefined && weight > 1)) words += weight
    if (words > wordsMax) throw beyond(wordsMax, wordsName)
  }
}

const wordsName =
  'names, keywords and operators; numbers and texts are free before a GROUP BY, and all counts twice after it, ten times after a ROLLUP'

function* pieces(sql: string): Generator<Readonly<Record<string, string | undefined>>> {
  for (let at = 0; at < sql.length;) {
    piece.lastIndex = at
    const groups = piece.exec(sql)?.groups ?? {}
    yield groups
    const { comment, dollar } = groups
    at = comment === undefined ? piece.lastIndex : endOfComment(sql, at)
    if (dollar !== undefined) at = endAfter(dollar, sql, at)
  }
}

function endAfter(text: string, sql: string, from: number): number {
  const at = sql.indexOf(text, from)
  return at === -1 ? sql.length : at + text.length
}

/** Comments can be nested. */
function endOfComment(sql: string, start: number): number {
  const mark = /\/\*|\*\//g
  mark.lastIndex = start
  let depth = 0
  for (let found = mark.exec(sql); found !== null; found = mark.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
  return sql.length
}

function beyond(limit: number, of: string): AppError {
  return new AppError('SQL_INVALID', `the statement has more than ${limit} ${of}`, { details: { limit } })
}
