import type { Filter } from '../../../schemas/declare/dataset.ts'
import { element } from '../page/element.ts'
import type { App } from '../page/page.ts'

/** A text field waits this long after the last key before it asks for suggestions. */
const typingMs = 200

/** Returns a field for each filter that the dataset declares, or nothing if it declares none. */
export function makeFilterBar(app: App): readonly HTMLElement[] {
  const filters = Object.entries(app.dataset.filters)
  if (filters.length === 0) return []
  const fields = filters.map(([name, filter]) => makeField(app, name, filter))
  const clear = element('button', { type: 'button', class: 'button quiet', text: 'Clear filters' })
  clear.addEventListener('click', () => app.filters.set(Object.fromEntries(filters.map(([name]) => [name, null]))))
  const show = (): void => {
    clear.hidden = Object.keys(app.filters.get()).length === 0
  }
  app.filters.onChange(show)
  show()
  const form = element('form', { class: 'filters', role: 'search', 'aria-label': 'Filters' }, ...fields, clear)
  form.addEventListener('submit', (event) => event.preventDefault())
  return [form]
}

function makeField(app: App, name: string, filter: Filter): HTMLElement {
  const id = `filter-${name}`
  const field = filter.choices === undefined ? textField(app, { id, name, filter }) : choiceField(id, filter.choices)
  const control = field.control
  const show = (): void => {
    control.value = app.filters.get()[name] ?? ''
  }
  control.addEventListener('change', () => app.filters.set({ [name]: control.value.trim() }))
  app.filters.onChange(show)
  show()
  return element('div', { class: 'field' }, element('label', { for: id, text: filter.label }), control, ...field.others)
}

type Field = { readonly control: HTMLInputElement | HTMLSelectElement; readonly others: readonly HTMLElement[] }

function choiceField(id: string, choices: readonly string[]): Field {
  const options = [
    element('option', { value: '', text: 'All' }),
    ...choices.map((value) => element('option', { value, text: value })),
  ]
  return { control: element('select', { id }, ...options), others: [] }
}

/** A text field with the browser's own list of suggestions, which is filled while the user types. */
function textField(app: App, { id, name, filter }: { id: string; name: string; filter: Filter }): Field {
  const suggestions = element('datalist', { id: `${id}-list` })
  const input = element('input', {
    id,
    name,
    type: 'search',
    autocomplete: 'off',
    placeholder: 'All',
    list: suggestions.id,
  })
  if (filter.suggest === undefined) return { control: input, others: [] }
  const { query, parameters = {}, column } = filter.suggest
  let asked = new AbortController()
  const suggest = async (): Promise<void> => {
    asked.abort()
    asked = new AbortController()
    const answer = await app.api.query(query, { ...parameters, text: input.value.trim() }, asked.signal)
    const values = [...new Set(answer.rows.map((row) => String(row[column])))]
    suggestions.replaceChildren(...values.map((value) => element('option', { value })))
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  const later = (): void => {
    clearTimeout(timer)
    // If suggestions cannot be loaded, the user can still type the whole text.
    timer = setTimeout(() => void suggest().catch(() => suggestions.replaceChildren()), typingMs)
  }
  input.addEventListener('input', later)
  input.addEventListener('focus', later)
  app.signal.addEventListener('abort', () => clearTimeout(timer))
  return { control: input, others: [suggestions] }
}
