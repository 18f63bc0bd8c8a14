/**
 * JSON as it was written. Texts and names begin with `s`; numbers are texts that begin with `n`, since JSON.parse would
 * read `1.0` as an integer, which the verdict does not take it for.
 */
export type Written = null | boolean | string | readonly Written[] | WrittenObject

export type WrittenObject = { readonly [name: string]: Written }

const token = /"(?:[^"\\]+|\\[^])*"|-?\d[\d.eE+-]*/g

/** Parses an event; undefined for what is no JSON object. */
export function parseWritten(text: string): WrittenObject | undefined {
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  const tagged = text.replaceAll(token, (found) => (found.startsWith('"') ? `"s${found.slice(1)}` : `"n${found}"`))
  const written: Written = JSON.parse(tagged)
  return isWrittenObject(written) ? written : undefined
}

export function isWrittenObject(value: Written | undefined): value is WrittenObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The fields of an object by their own names. */
export function fieldsOf(object: WrittenObject): readonly (readonly [string, Written])[] {
  return Object.entries(object).map(([name, value]) => [name.slice(1), value] as const)
}
