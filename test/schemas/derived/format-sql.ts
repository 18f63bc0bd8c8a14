import { duckdb, formatDialect } from 'sql-formatter'
import type { DialectOptions } from 'sql-formatter'

/** What the formatter's own dialect lacks: MERGE, and two words that are called like functions. */
const clauses = ['MERGE INTO', 'USING', 'WHEN MATCHED', 'WHEN NOT MATCHED']
const functions = ['TRY', 'TRY_CAST']

const known = duckdb.tokenizerOptions
const dialect: DialectOptions = {
  ...duckdb,
  tokenizerOptions: {
    ...known,
    reservedClauses: [...known.reservedClauses, ...clauses],
    reservedKeywords: known.reservedKeywords.filter((word) => !functions.includes(word)),
    reservedFunctionNames: [...known.reservedFunctionNames, ...functions],
  },
}

/** A statement laid out for a person to read. Only white space between its tokens changes. */
export function formatSql(sql: string): string {
  return formatDialect(sql, { dialect, keywordCase: 'preserve', expressionWidth: 100 })
}

/** The tokens of a statement, in order. */
export function tokensOf(sql: string): readonly string[] {
  return sql.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[\w.$]+|[-+*/<>=~!@%^&|:]+|\S/g) ?? []
}
