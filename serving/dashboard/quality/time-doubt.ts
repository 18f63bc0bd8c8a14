import { element, setText } from '../page/element.ts'
import type { App } from '../page/page.ts'

/** Says that the dataset's times seem to be of another unit than declared, and what to do; hidden if they do not. */
export function timeDoubt(app: App): HTMLElement {
  const root = element('p', { class: 'notes time-doubt', role: 'status', hidden: true })
  app.onStatus(({ datasets }) => {
    const doubt = datasets.find(({ dataset }) => dataset === app.dataset.name)?.time_doubt ?? ''
    root.hidden = doubt === ''
    // A screen reader speaks each change of the text.
    setText(root, doubt === '' ? '' : `times of ${app.dataset.name}: ${doubt}`)
  })
  return root
}
