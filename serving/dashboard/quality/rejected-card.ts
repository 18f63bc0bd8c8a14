import { problemText } from '../page/api.ts'
import { makeCard } from '../panels/card.ts'
import { element, setText } from '../page/element.ts'
import { formatNumber } from '../page/numbers.ts'
import type { App, Row } from '../page/page.ts'
import { rejectedEvent } from './rejected-event.ts'

const shownMax = 50
/** The bytes shown of each event. A longer event is cut, and the card says so. */
const bytesMax = 4096
/** The least time between two requests while events keep coming. */
const everyMs = 3000

/** The newest rejected events of the dataset with their bytes, loaded again when events have come. */
export function rejectedCard(app: App): HTMLElement {
  const card = makeCard({
    kind: 'wide card-rejected',
    title: 'The newest rejected events',
    note: 'Nothing is dropped silently: each with the reason, its place in the log and its bytes as received.',
  })
  const summary = element('p', { class: 'note' })
  const list = element('ul', { class: 'rejected-list' })
  card.body.append(summary, list)
  const known = new Map<string, HTMLElement>()
  const show = (rows: readonly Row[]): void => {
    if (rows.length === 0) {
      card.showState('No event was rejected.')
      return
    }
    const keys = rows.map(({ log_partition, log_offset }) => `${String(log_partition)}/${String(log_offset)}`)
    for (const key of known.keys()) if (!keys.includes(key)) known.delete(key)
    const items = rows.map((row, i) => known.get(keys[i] ?? '') ?? rejectedEvent(row))
    for (const [i, item] of items.entries()) known.set(keys[i] ?? '', item)
    // Elements that are there already are not replaced, so that a focused button keeps the focus.
    if (items.length !== list.children.length || items.some((item, i) => list.children[i] !== item))
      list.replaceChildren(...items)
    setText(summary, rows.length < shownMax ? '' : `The newest ${formatNumber(shownMax)}.`)
    summary.hidden = rows.length < shownMax
    card.showBody()
  }
  const ask = async (): Promise<void> => show((await app.api.sql({ sql: statementOf(app.dataset.name) })).rows)
  whenEventsCame(app, () =>
    ask().catch((error: unknown) => {
      if (!app.signal.aborted) card.showStale(problemText(error))
      throw error
    }),
  )
  return card.root
}

function statementOf(dataset: string): string {
  return `SELECT log_partition, log_offset, received_at, reason, octet_length(value) AS bytes, value[1:${bytesMax}] AS value
FROM ${dataset}.rejected ORDER BY received_at DESC, log_partition, log_offset DESC LIMIT ${shownMax}`
}

/** Calls `ask` at once, and again if events came meanwhile. A call that failed is repeated. */
function whenEventsCame(app: App, ask: () => Promise<void>): void {
  let asked: string | null = null
  let askedMs = -Infinity
  app.onStatus(({ datasets }) => {
    const standing = datasets.find(({ dataset }) => dataset === app.dataset.name)
    const reached = JSON.stringify(standing?.speed ?? {})
    if (standing?.ready !== true || reached === asked || performance.now() - askedMs < everyMs) return
    asked = reached
    askedMs = performance.now()
    ask().catch(() => {
      asked = null
    })
  })
}
