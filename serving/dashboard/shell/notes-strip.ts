import { amissTexts } from '../page/amiss.ts'
import { element } from '../page/element.ts'
import { formatTime } from '../page/format.ts'
import type { StatusWatch } from '../page/status-watch.ts'

/** What fails in the service, and what it notes of its log and archive; nothing where nothing is amiss. Only a change is spoken. */
export function notesStrip(watch: StatusWatch): HTMLElement {
  const root = element('div', { class: 'notes', role: 'status', hidden: true })
  let shown = ''
  watch.onStatus((status) => {
    const texts = amissTexts(status, formatTime)
    if (texts.join() === shown) return
    shown = texts.join()
    root.hidden = texts.length === 0
    root.replaceChildren(...texts.map((text) => element('p', { text })))
  })
  return root
}
