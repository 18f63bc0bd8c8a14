import { element } from './element.ts'
import type { StatusWatch } from './status-watch.ts'

/** What the service notes of its log and archive; nothing where nothing is amiss. Only a change is spoken. */
export function notesStrip(watch: StatusWatch): HTMLElement {
  const root = element('div', { class: 'notes', role: 'status', hidden: true })
  let shown = ''
  watch.onStatus(({ notes }) => {
    const texts = Object.entries(notes).map(([part, what]) => `${part}: ${what}`)
    if (texts.join() === shown) return
    shown = texts.join()
    root.hidden = texts.length === 0
    root.replaceChildren(...texts.map((text) => element('p', { text })))
  })
  return root
}
