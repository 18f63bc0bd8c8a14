import { problemText } from '../page/api.ts'
import { element } from '../page/element.ts'
import type { Page } from '../page/page.ts'

export const sqlPage: Page = {
  id: 'sql',
  title: 'SQL',
  note: 'Ask anything, with joins over what happened long ago and a moment ago.',
  hasFilters: false,
  mount(root, app) {
    const state = element('p', { class: 'card-state', role: 'status', text: 'Loading the editor…' })
    root.append(state)
    // The editor is larger than all other pages together, so it is loaded only when this page is opened.
    import('../sql/console.ts').then(
      ({ mountConsole }) => {
        if (app.signal.aborted) return
        state.remove()
        mountConsole(root, app)
      },
      (error: unknown) => {
        state.classList.add('is-problem')
        state.textContent = `The editor cannot be loaded: ${problemText(error)}`
      },
    )
  },
}
