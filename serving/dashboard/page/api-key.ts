import { element } from './element.ts'

const storageKey = 'tidemark-api-key'
let asking: Promise<void> | null = null

/** The key is kept for this tab only, and sent to this service only. */
export function heldKey(): string | null {
  return sessionStorage.getItem(storageKey)
}

export function forgetKey(): void {
  sessionStorage.removeItem(storageKey)
}

/** Asks for the key once, however many requests wait for it. */
export function untilKeyGiven(): Promise<void> {
  asking ??= askForKey().finally(() => {
    asking = null
  })
  return asking
}

function askForKey(): Promise<void> {
  const input = element('input', { type: 'password', id: 'api-key', autocomplete: 'off', required: true })
  const dialog = element(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'api-key-title' },
    element(
      'form',
      { method: 'dialog' },
      element('h2', { id: 'api-key-title', text: 'This service asks for an API key' }),
      element('p', { class: 'note', text: 'It is kept until you close this tab.' }),
      element('label', { for: 'api-key', text: 'API key' }),
      input,
      element('button', { class: 'button', text: 'Go on' }),
    ),
  )
  document.body.append(dialog)
  // Escape must not close the dialog: the page behind it has nothing to show without a key.
  dialog.addEventListener('cancel', (event) => event.preventDefault())
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      sessionStorage.setItem(storageKey, input.value.trim())
      dialog.remove()
      resolve()
    })
  })
}
