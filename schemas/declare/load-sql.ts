import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What was read, by file: a statement is a text, which may be joined of several files and does not say of which. */
const loaded = new Map<string, string>()

/** The text of a SQL file beside the calling module. The build copies these files. */
export function loadSql(moduleUrl: string, path: string): string {
  const file = fileURLToPath(new URL(path, moduleUrl))
  const text = readFileSync(file, 'utf8')
  loaded.set(file, text)
  return text
}

/** Both count from 1, columns as JavaScript counts characters. */
export type SqlPosition = { readonly line: number; readonly column: number }

/**
 * Says where a position of a statement stands, as compilers do: `/shop/queries/newest.sql:12:5`. Without a position,
 * names the files that the statement was read from. Returns null for what was read from no file.
 */
export function sqlPlace(sql: string, position: SqlPosition | null): string | null {
  const found = [...loaded].flatMap(([file, text]) => {
    const body = text.trim()
    const start = body === '' ? -1 : sql.indexOf(body)
    if (start === -1) return []
    if (position === null) return [file]
    const offset = offsetOf(sql, position) - start
    if (offset < 0 || offset > body.length) return []
    const before = text.slice(0, text.indexOf(body) + offset).split('\n')
    return [`${file}:${before.length}:${(before.at(-1) ?? '').length + 1}`]
  })
  return position === null ? found.join(', ') || null : (found[0] ?? null)
}

function offsetOf(sql: string, { line, column }: SqlPosition): number {
  const before = sql.split('\n').slice(0, line - 1)
  return before.reduce((sum, each) => sum + each.length + 1, column - 1)
}
