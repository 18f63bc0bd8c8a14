type Child = Node | string | null

type Attribute = string | number | boolean | null | undefined

type Props = {
  readonly class?: string | null
  readonly text?: string
  readonly on?: Readonly<Record<string, (event: Event) => void>>
  /** Attributes. False and null leave the attribute out, true sets it without a value. */
  readonly [attribute: string]: Attribute | Readonly<Record<string, (event: Event) => void>>
}

/** `element('button', { type: 'button', class: 'tab', on: { click } }, 'Text')`. Text is never read as HTML. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name)
  const { text, on = {}, ...attributes } = props
  for (const [attribute, value] of Object.entries(attributes)) setAttribute(made, attribute, value)
  for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener)
  if (text !== undefined) made.textContent = text
  made.append(...children.filter((child) => child !== null))
  return made
}

function setAttribute(target: Element, name: string, value: Props[string]): void {
  if (value === false || value === undefined || typeof value === 'object') return
  target.setAttribute(name, value === true ? '' : String(value))
}

/** Writes the text only if it differs, so that a screen reader does not speak the same text again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text
}
