import type { Count } from '../../../schemas/declare/dataset.ts'
import { hrefOf, readAddress } from '../page/address.ts'
import { element } from '../page/element.ts'
import type { App } from '../page/page.ts'

const parameter = 'count'

/** A choice among the declared counts. The address keeps the chosen one. */
export function countChoice(
  counts: Readonly<Record<string, Count>>,
  app: App,
  onChange: () => void,
): { readonly root: HTMLElement; chosen(): string } {
  const names = Object.keys(counts)
  const chosen = (): string => {
    const asked = readAddress().values[parameter]
    return names.find((name) => name === asked) ?? names[0] ?? ''
  }
  const inputs = names.map((name) =>
    element('input', { type: 'radio', name: 'count', value: name, id: `count-${name}` }),
  )
  const show = (): void => {
    for (const input of inputs) input.checked = input.value === chosen()
  }
  for (const input of inputs)
    input.addEventListener('change', () => {
      const address = readAddress()
      history.pushState(null, '', hrefOf({ ...address, values: { ...address.values, [parameter]: input.value } }))
      onChange()
    })
  window.addEventListener(
    'popstate',
    () => {
      show()
      onChange()
    },
    { signal: app.signal },
  )
  show()
  const choices = inputs.map((input) =>
    element('label', { class: 'choice' }, input, element('span', { text: counts[input.value]?.title ?? input.value })),
  )
  return {
    root: element('fieldset', { class: 'choices' }, element('legend', { text: 'What is counted' }), ...choices),
    chosen,
  }
}
