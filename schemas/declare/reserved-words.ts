/** Words that the engine does not take as a schema's name: `FROM order.line` would not parse. */
const keywords =
  'all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check collate ' +
  'collation column concurrently constraint create cross default deferrable desc describe distinct do else end except ' +
  'false fetch for foreign freeze from full glob group having ilike in initially inner intersect into is isnull join ' +
  'lambda lateral leading left like limit main natural not notnull null offset on only or order outer overlaps pivot ' +
  'placing positional primary qualify references returning right select semi show similar some summarize symmetric ' +
  'system table tablesample temp then to trailing true union unique unpack unpivot using variadic verbose when where ' +
  'window with'

/** The same as a set. A table or a column may have such a name, and is then quoted wherever it is used. */
export const sqlWords: ReadonlySet<string> = new Set(keywords.split(' '))

/** Folders of the store. */
const folders = ['raw', 'chains', 'manifests', 'verdicts', 'probe']

/** Catalogs of the engine: `memory.a` could mean catalog or schema. Its other catalogs are words of SQL too. */
const catalogs = ['memory']

/** Folders of `schemas/` that are not datasets. */
export const rooms: readonly string[] = ['async', 'contract', 'declare', 'formats', 'ports', 'sql']

/** Names that a dataset cannot have. */
export const reservedWords: ReadonlySet<string> = new Set([...sqlWords, ...catalogs, ...folders, ...rooms])

/** Parameters that every named query takes beside its own, and every table. */
export const readParameters = ['view', 'after', 'format'] as const

/** Parameters that every feed takes beside its own. */
export const feedParameters = ['view', 'interval'] as const

/**
 * Names that a feed cannot have: its messages are named after it, errors are messages named `problem`, and a browser's
 * EventSource makes `open` and `error` itself.
 */
export const messageNames: readonly string[] = ['problem', 'open', 'error']

/** Parameters of the dashboard's address that are not filters. */
export const addressParameters: readonly string[] = ['page', 'dataset', 'count', 'sql', 'view']

/**
 * Throws a TypeError for a name that every object has: declarations are looked up in objects, which would always find
 * it.
 */
export function requireOwnName(what: string, name: string): void {
  if (name in Object.prototype)
    throw new TypeError(`${what} cannot be named ${name}, which every object of JavaScript has`)
}
