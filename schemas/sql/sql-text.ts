import { namesOf } from '../contract/path.ts'

/** A quoted identifier. */
export function ident(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A quoted string literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

export function list(items: readonly string[]): string {
  return items.join(', ')
}

/** A field of a struct, however deep. */
export function dotted(value: string, path: string): string {
  return [value, ...namesOf(path).map(ident)].join('.')
}

/** A field of the parsed event, the column `event` of a staged row. */
export function eventPath(path: string): string {
  return dotted('event', path)
}

/** The pointer of RFC 6901 to a field of an object. */
export function pointerTo(field: string): string {
  return `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
