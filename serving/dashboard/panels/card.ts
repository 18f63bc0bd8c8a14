import { element, setText } from '../page/element.ts'

export type Card = {
  /** A section with its own heading. */
  readonly root: HTMLElement
  readonly body: HTMLElement
  /** Shown in place of the body, in words: what is being waited for, or what is amiss. */
  showState(text: string, kind?: 'waiting' | 'problem'): void
  /** What the body shows is of other filters until the next state or body: it is dimmed. */
  showPending(): void
  /** Says below the note what the card does not follow; '' takes it back. */
  showExcept(text: string): void
  /** Shows the body, and over it that it may be old. */
  showStale(text: string): void
  showBody(): void
}

let cards = 0

/** A titled box. `kind` is for style.css. It waits until something is shown. */
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
