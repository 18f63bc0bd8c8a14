import { hrefOf, readAddress } from '../page/address.ts'

/** The three views, or all of them side by side. */
export const viewChoices = ['merged', 'batch', 'speed', 'all'] as const
export type ViewChoice = (typeof viewChoices)[number]

export type Asked = { readonly sql: string; readonly view: ViewChoice }

/** A service reads no longer address than this. */
const addressLengthMax = 8000

/** What the address holds, or null. */
export function addressedStatement(): Asked | null {
  const { sql, view } = readAddress().values
  if (sql === undefined) return null
  return { sql, view: viewChoices.find((choice) => choice === view) ?? 'merged' }
}

/** A link that asks the same; null where it would be too long. */
export function hrefOfStatement({ sql, view }: Asked): string | null {
  const address = readAddress()
  const { sql: _sql, view: _view, ...others } = address.values
  const href = hrefOf({ ...address, values: { ...others, sql, ...(view === 'merged' ? {} : { view }) } })
  return href.length > addressLengthMax ? null : href
}

/** What is typed outlives the page for as long as the tab is open. */
export function keptText(dataset: string): string | null {
  return sessionStorage.getItem(keyOf(dataset))
}

export function keepText(dataset: string, text: string): void {
  sessionStorage.setItem(keyOf(dataset), text)
}

function keyOf(dataset: string): string {
  return `tidemark-sql-${dataset}`
}
