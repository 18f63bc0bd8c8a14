import type { Answer, JsonValue } from '../replica/reader.ts'

/**
 * Rows are written by hand: in a JavaScript object a column named `2` would come before one named `b`, and one named
 * `__proto__` would be lost.
 */
export function jsonAnswer(answer: Answer, nextCursor: string | null | undefined): string {
  const { columns, rows, isTruncated, asOf, elapsedMs } = answer
  const facts = {
    row_count: rows.length,
    truncated: isTruncated,
    ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
    as_of: asOf,
    elapsed_ms: Math.round(elapsedMs * 100) / 100,
  }
  return `{"columns":${JSON.stringify(columns)},"rows":[${rowTexts(answer).join(',')}],${JSON.stringify(facts).slice(1)}`
}

export function ndjsonAnswer(answer: Answer): string {
  return rowTexts(answer)
    .map((row) => `${row}\n`)
    .join('')
}

/** Returns each row as a JSON object, with its columns in their order. */
export function rowTexts({ columns, rows }: Pick<Answer, 'columns' | 'rows'>): readonly string[] {
  const names = columns.map(({ name }) => JSON.stringify(name))
  return rows.map((row) => `{${row.map((value, i) => `${names[i]}:${valueText(value)}`).join(',')}}`)
}

function valueText(value: JsonValue): string {
  return JSON.stringify(value)
}

/** Returns the JSON of a value that may hold bigints, which become strings of digits. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) => (typeof held === 'bigint' ? String(held) : held))
}
