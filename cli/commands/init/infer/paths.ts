/** A path as a declaration writes it: names that are no plain words are quoted as in JSON. */
export function pathOf(names: readonly string[]): string {
  return names.map((name) => (/^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name))).join('.')
}
