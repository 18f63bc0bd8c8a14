import { amissTexts } from '../page/amiss.ts'
import { element } from '../page/element.ts'
import { formatTime } from '../page/format.ts'
import type { StatusWatch } from '../page/status-watch.ts'

/**
 * Shows the parts of the service that fail and the notes about its log and archive; hidden if there are none. A screen
 * reader speaks only changes.
 */
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
