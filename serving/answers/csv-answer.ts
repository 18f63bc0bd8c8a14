import type { Answer, JsonValue } from '../replica/reader.ts'

/** CSV by RFC 4180, with a header. A null is an empty field, an empty text is `""`, lists and structs are JSON. */
export function csvAnswer({ columns, rows }: Answer): string {
  const lines = [columns.map(({ name }) => field(name)), ...rows.map((row) => row.map(field))]
  return lines.map((line) => `${line.join(',')}\r\n`).join('')
}

function field(value: JsonValue): string {
  if (value === null) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
