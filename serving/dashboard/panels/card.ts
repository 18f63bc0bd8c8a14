import { element, setText } from '../page/element.ts'

export type Card = {
  /** A section with its own heading. */
  readonly root: HTMLElement
  readonly body: HTMLElement
  /** Shows a text in place of the body: what the card waits for, or what is wrong. */
  showState(text: string, kind?: 'waiting' | 'problem'): void
  /** Dims the body, which shows rows of the old filters, until the next state or body. */
  showPending(): void
  /** Names below the note the filters that the card does not follow; '' removes the text. */
  showExcept(text: string): void
  /** Shows the body with a text above it that the rows may be old. */
  showStale(text: string): void
  showBody(): void
}

let cards = 0

/** A titled box. `kind` is its class in style.css. It shows that it waits until something else is shown. */
export function makeCard({ title, note, kind }: { title: string; note: string; kind: string }): Card {
  cards += 1
  const id = `card-${cards}`
  const body = element('div', { class: 'card-body', hidden: true })
  const state = element('p', { class: 'card-state', text: 'Waiting for the first answer…' })
  const stale = element('p', { class: 'card-stale', hidden: true })
  const except = element('p', { class: 'card-except', role: 'status' })
  const root = element(
    'section',
    { class: `card card-${kind}`, 'aria-labelledby': id },
    element(
      'header',
      { class: 'card-head' },
      element('h2', { id, text: title }),
      element('p', { class: 'note', text: note }),
      except,
    ),
    stale,
    state,
    body,
  )
  const show = (part: HTMLElement): void => {
    for (const each of [body, state]) each.hidden = each !== part
    stale.hidden = true
    root.removeAttribute('aria-busy')
  }
  return {
    root,
    body,
    showState(text, how = 'waiting') {
      setText(state, text)
      state.classList.toggle('is-problem', how === 'problem')
      show(state)
    },
    showPending: () => root.setAttribute('aria-busy', 'true'),
    showExcept: (text) => setText(except, text),
    showStale(text) {
      if (body.hidden) {
        this.showState(text, 'problem')
        return
      }
      setText(stale, text)
      stale.hidden = false
    },
    showBody: () => show(body),
  }
}
