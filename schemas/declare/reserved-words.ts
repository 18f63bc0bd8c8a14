/** Words that the engine does not take as a schema's name: `FROM order.line` would not parse. */
const keywords =
  'all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check collate ' +
  'collation column concurrently constraint create cross default deferrable desc describe distinct do else end except ' +
  'false fetch for foreign freeze from full glob group having ilike in initially inner intersect into is isnull join ' +
  'lambda lateral leading left like limit main natural not notnull null offset on only or order outer overlaps pivot ' +
  'placing positional primary qualify references returning right select semi show similar some summarize symmetric ' +
  'system table tablesample temp then to trailing true union unique unpack unpivot using variadic verbose when where ' +
  'window with'

/** Folders of the store. */
const folders = ['raw', 'chains', 'manifests', 'probe']

/** Catalogs of the engine: `memory.a` could mean catalog or schema. Its other catalogs are words of SQL too. */
const catalogs = ['memory']

/** Folders of `schemas/` that are not datasets. */
export const rooms: readonly string[] = ['async', 'contract', 'declare', 'formats', 'ports', 'sql']

/** Names that a dataset cannot have. */
export const reservedWords: ReadonlySet<string> = new Set([...keywords.split(' '), ...catalogs, ...folders, ...rooms])

/** Parameters that every named query takes beside its own, and every table. */
export const readParameters = ['view', 'after', 'format'] as const

/** Parameters that every feed takes beside its own. */
export const feedParameters = ['view', 'interval'] as const

/** What a feed's messages cannot be called: those that say what is wrong, and those that a browser's EventSource makes itself. */
export const messageNames: readonly string[] = ['problem', 'open', 'error']

/** What the address of the dashboard says beside the values of filters: the place, the count and the statement shown. */
export const addressParameters: readonly string[] = ['page', 'dataset', 'count', 'sql', 'view']

/** Throws a TypeError. What is declared is looked up in objects, where such a name would always be found. */
export function requireOwnName(what: string, name: string): void {
  if (name in Object.prototype)
    throw new TypeError(`${what} cannot be named ${name}, which every object of JavaScript has`)
}
