import { AppError } from '../../schemas/errors.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { noAfter, parseAfterText } from './after.ts'
import type { After } from './after.ts'
import { views } from '../replica/reader.ts'
import type { View } from '../replica/reader.ts'

export function readOptions(
  values: ReadonlyMap<string, string>,
  datasets: readonly DefinedDataset[],
): { readonly view: View; readonly after: After } {
  const after = values.get('after')
  return { view: parseView(values.get('view')), after: after === undefined ? noAfter : parseAfterText(after, datasets) }
}

/** Throws REQUEST_INVALID, naming the views that exist. */
export function parseView(text: string | undefined): View {
  if (text === undefined) return 'merged'
  const view = views.find((name) => name === text)
  if (view !== undefined) return view
  throw new AppError('REQUEST_INVALID', `view: there is no ${text}. The views are ${views.join(', ')}.`, {
    details: { views },
  })
}
