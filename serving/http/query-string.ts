import { AppError } from '../../schemas/errors.ts'

/**
 * Takes each parameter once, and only known ones: a query with a misspelt filter must not be answered as if it had no
 * filter.
 */
export function queryValues(query: unknown, names: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (!names.includes(name)) {
      const message = `There is no parameter ${name}. ${names.length === 0 ? 'None is taken here.' : `The parameters are ${names.join(', ')}.`}`
      throw new AppError('REQUEST_INVALID', message, { details: { parameters: names } })
    }
    if (typeof value !== 'string') throw new AppError('REQUEST_INVALID', `${name}: given more than once.`)
    values.set(name, value)
  }
  return values
}

/** Returns an integer in range, or the default if the parameter was not given. */
export function integerValue(text: string | undefined, { name, min, max, otherwise }: IntegerRange): number {
  if (text === undefined) return otherwise
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new AppError('REQUEST_INVALID', `${name}: expected an integer from ${min} to ${max}.`)
}

type IntegerRange = { readonly name: string; readonly min: number; readonly max: number; readonly otherwise: number }
