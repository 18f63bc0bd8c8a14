/** JSON of a value that may hold bigints: they become strings of digits. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) => (typeof held === 'bigint' ? String(held) : held))
}
