import { hrefOf } from '../page/address.ts'
import type { Address } from '../page/address.ts'
import { element } from '../page/element.ts'
import type { DatasetInfo, Page } from '../page/page.ts'

type Way = { readonly title: string; readonly href: string }

/** A dataset or page in the address that does not exist, and links to those that do. */
export type Missing = { readonly kind: 'dataset' | 'page'; readonly name: string; readonly ways: readonly Way[] }

export function missingParts(
  address: Address,
  pages: readonly Page[],
  datasets: readonly DatasetInfo[],
): readonly Missing[] {
  const { page, dataset } = address
  const parts: Missing[] = []
  if (dataset !== null && !datasets.some(({ name }) => name === dataset)) {
    const pageThere = pages.some(({ id }) => id === page) ? page : null
    const ways = datasets.map(({ name }) => ({
      title: name,
      href: hrefOf({ page: pageThere, dataset: name, values: {} }),
    }))
    parts.push({ kind: 'dataset', name: dataset, ways })
  }
  if (page !== null && !pages.some(({ id }) => id === page)) {
    const datasetThere = datasets.some(({ name }) => name === dataset) ? dataset : null
    const ways = pages.map(({ id, title }) => ({
      title,
      href: hrefOf({ ...address, page: id, dataset: datasetThere }),
    }))
    parts.push({ kind: 'page', name: page, ways })
  }
  return parts
}

/** Shown in place of a page, so that no other page is taken for the one in the address. */
export function notFound(parts: readonly Missing[]): HTMLElement {
  const sentences = parts.map(({ kind, name, ways }) =>
    element(
      'section',
      { class: 'card not-found' },
      element('p', { text: `There is no ${kind} “${name}” here. There ${ways.length === 1 ? 'is' : 'are'}:` }),
      element('ul', {}, ...ways.map(({ title, href }) => element('li', {}, element('a', { href, text: title })))),
    ),
  )
  return element('div', {}, element('h1', { text: 'Not found' }), ...sentences)
}
