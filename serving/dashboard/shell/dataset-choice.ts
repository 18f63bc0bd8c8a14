import { element, setText } from '../page/element.ts'
import type { DatasetInfo } from '../page/page.ts'

/** A choice if there are several datasets, the name alone if there is one. */
export function datasetChoice(
  datasets: readonly DatasetInfo[],
  choose: (name: string) => void,
): { readonly root: HTMLElement; show(dataset: DatasetInfo): void } {
  return datasets.length > 1 ? choiceOf(datasets, choose) : onlyName()
}

function choiceOf(datasets: readonly DatasetInfo[], choose: (name: string) => void): ReturnType<typeof datasetChoice> {
  const options = datasets.map(({ name }) => element('option', { value: name, text: name }))
  const select = element('select', { id: 'dataset', on: { change: () => choose(select.value) } }, ...options)
  const label = element('label', { for: 'dataset', class: 'hidden-text', text: 'Dataset' })
  return {
    root: element('div', { class: 'dataset' }, label, select),
    show({ name, description }) {
      select.value = name
      select.title = description
    },
  }
}

function onlyName(): ReturnType<typeof datasetChoice> {
  const root = element('span', { class: 'dataset dataset-name' })
  return {
    root,
    show({ name, description }) {
      root.title = description
      setText(root, name)
    },
  }
}
