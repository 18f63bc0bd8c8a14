import type { Values } from './page.ts'

/**
 * What the address of the dashboard says. Every parameter but these two is a filter, or a page's own. The names of those that
 * are no filter stand in `schemas/declare/reserved-words.ts`: no filter can have them.
 */
export type Address = { readonly page: string | null; readonly dataset: string | null; readonly values: Values }

export function readAddress(): Address {
  const { page = null, dataset = null, ...values } = Object.fromEntries(new URLSearchParams(location.search))
  return { page, dataset, values }
}

export function hrefOf({ page, dataset, values }: Address): string {
  const parameters = new URLSearchParams()
  if (page !== null) parameters.set('page', page)
  if (dataset !== null) parameters.set('dataset', dataset)
  for (const [name, value] of Object.entries(values)) if (value !== '') parameters.set(name, value)
  const text = parameters.toString()
  return text === '' ? '../' : `./?${text}`
}

/** Those of `values` that the dataset has a filter for. */
export function onlyNamed(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => names.includes(name) && value !== ''))
}
