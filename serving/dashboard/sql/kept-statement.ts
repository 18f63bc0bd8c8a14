import { hrefOf, readAddress } from '../page/address.ts'

/** The three views, and `all` for the three side by side. */
export const viewChoices = ['merged', 'batch', 'speed', 'all'] as const
export type ViewChoice = (typeof viewChoices)[number]

export type Asked = { readonly sql: string; readonly view: ViewChoice }

/** The service refuses longer addresses. */
const addressLengthMax = 8000

/** Returns the statement in the address, or null. */
export function addressedStatement(): Asked | null {
  const { sql, view } = readAddress().values
  if (sql === undefined) return null
  return { sql, view: viewChoices.find((choice) => choice === view) ?? 'merged' }
}

/** Returns a link that runs the statement, or null if it would be too long. */
export function hrefOfStatement({ sql, view }: Asked): string | null {
  const address = readAddress()
  const { sql: _sql, view: _view, ...others } = address.values
  const href = hrefOf({ ...address, values: { ...others, sql, ...(view === 'merged' ? {} : { view }) } })
  return href.length > addressLengthMax ? null : href
}

/** The typed text is kept until the tab is closed. */
export function keptText(dataset: string): string | null {
  return sessionStorage.getItem(keyOf(dataset))
}

export function keepText(dataset: string, text: string): void {
  sessionStorage.setItem(keyOf(dataset), text)
}

function keyOf(dataset: string): string {
  return `tidemark-sql-${dataset}`
}
