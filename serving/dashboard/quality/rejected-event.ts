import { element, setText } from '../page/element.ts'
import { formatBytes, formatTime } from '../page/format.ts'
import type { Row } from '../page/page.ts'
import { bytesOfBase64, hexDump, visibleBytes } from './visible-bytes.ts'

/**
 * One rejected event: its reason, time and position in the log, and its bytes as text or hexadecimal. Its content is
 * never read as HTML.
 */
export function rejectedEvent(row: Row): HTMLElement {
  const bytes = bytesOfBase64(String(row['value'] ?? ''))
  const size = Number(row['bytes'] ?? bytes.length)
  const code = element('pre', { class: 'bytes', tabindex: '0', 'aria-label': 'Bytes as received' })
  const rest = size > bytes.length ? `Only the first ${formatBytes(bytes.length)} are shown.` : null
  const receivedAt = String(row['received_at'])
  return element(
    'li',
    { class: 'rejected' },
    element('h3', { class: 'rejected-reason', text: String(row['reason']) }),
    element(
      'p',
      { class: 'note rejected-facts' },
      element('time', { datetime: receivedAt, text: formatTime(receivedAt) }),
      ` · partition ${String(row['log_partition'])}, offset ${String(row['log_offset'])} · ${formatBytes(size)}`,
    ),
    code,
    rest === null ? null : element('p', { class: 'note', text: rest }),
    element('p', { class: 'rejected-tools' }, asButton(code, bytes), copyButton(bytes)),
  )
}

/** Switches between text and hexadecimal; begins with text. */
function asButton(code: HTMLElement, bytes: Uint8Array): HTMLButtonElement {
  const button = element('button', {
    type: 'button',
    class: 'button quiet small',
    'aria-pressed': 'false',
    text: 'As hex',
  })
  const show = (isHex: boolean): void => {
    button.setAttribute('aria-pressed', String(isHex))
    code.classList.toggle('is-hex', isHex)
    if (isHex) setText(code, hexDump(bytes))
    else
      code.replaceChildren(
        ...visibleBytes(bytes).map(({ text, isEscaped }) =>
          isEscaped ? element('span', { class: 'escaped', text }) : document.createTextNode(text),
        ),
      )
  }
  button.addEventListener('click', () => show(button.getAttribute('aria-pressed') !== 'true'))
  show(false)
  return button
}

/** Copies the event as text. Returns null if the browser has no clipboard. */
function copyButton(bytes: Uint8Array): HTMLButtonElement | null {
  if (!('clipboard' in navigator)) return null
  const button = element('button', { type: 'button', class: 'button quiet small', text: 'Copy' })
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(new TextDecoder().decode(bytes)).then(
      () => setText(button, 'Copied'),
      () => setText(button, 'Not copied'),
    )
  })
  return button
}
