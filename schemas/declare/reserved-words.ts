/** Words that the engine takes for no schema's name: nobody could write `FROM order.line`. */
const keywords =
  'all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check collate ' +
  'collation column concurrently constraint create cross default deferrable desc describe distinct do else end except ' +
  'false fetch for foreign freeze from full glob group having ilike in initially inner intersect into is isnull join ' +
  'lambda lateral leading left like limit main natural not notnull null offset on only or order outer overlaps pivot ' +
  'placing positional primary qualify references returning right select semi show similar some summarize symmetric ' +
  'system table tablesample temp then to trailing true union unique unpack unpivot using variadic verbose when where ' +
  'window with'

/** The store's own folders. */
const folders = ['raw', 'chains', 'manifests', 'probe']

/** Folders of `schemas/` that are no dataset's. */
export const rooms: readonly string[] = ['async', 'contract', 'declare', 'formats', 'ports', 'sql']

/** Names that a dataset cannot have. */
export const reservedWords: ReadonlySet<string> = new Set([...keywords.split(' '), ...folders, ...rooms])
