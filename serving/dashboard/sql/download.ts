import { element } from '../page/element.ts'
import type { App } from '../page/page.ts'
import type { Asked } from './kept-statement.ts'
import { statementProblem } from './problem-text.ts'

const formats = [
  ['csv', 'CSV'],
  ['parquet', 'Parquet'],
] as const

/** Runs the statement again and saves the whole answer. */
export function downloads(app: App, { sql, view }: Asked, say: (text: string) => void): HTMLElement {
  const buttons = formats.map(([format, title]) => {
    const button = element('button', { type: 'button', class: 'button quiet small', text: `Download ${title}` })
    button.addEventListener('click', () => {
      button.disabled = true
      save(app, { sql, view, format })
        .catch((error: unknown) => say(statementProblem(error)))
        .finally(() => {
          button.disabled = false
        })
    })
    return button
  })
  return element('div', { class: 'downloads' }, ...buttons)
}

async function save(app: App, { sql, view, format }: Asked & { readonly format: string }): Promise<void> {
  const response = await app.api.fetch(`/v1/sql?format=${format}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql, view: view === 'all' ? 'merged' : view }),
  })
  const url = URL.createObjectURL(await response.blob())
  const link = element('a', { href: url, download: `answer.${format}`, hidden: true })
  document.body.append(link)
  link.click()
  link.remove()
  // By then the browser has read the URL.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
