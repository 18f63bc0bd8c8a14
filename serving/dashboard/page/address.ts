import type { Values } from './page.ts'

/**
 * The parts of the dashboard's address. Every parameter but `page` and `dataset` is a filter or belongs to a page. No
 * filter can have the name of a page's parameter: `schemas/declare/reserved-words.ts` lists them.
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

/** Returns those of `values` whose names the dataset has a filter for. */
export function onlyNamed(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => names.includes(name) && value !== ''))
}
