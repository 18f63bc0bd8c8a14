import type { Panel } from './dataset.ts'

/** The columns of its answer that a panel uses. */
export function panelColumns(panel: Panel): readonly string[] {
  switch (panel.kind) {
    case 'bars':
      return [...panel.label, panel.value, ...(panel.usual === undefined ? [] : [panel.usual]), ...setColumns(panel)]
    case 'series':
      return [panel.time, ...panel.values]
    case 'list':
    case 'figures':
      return panel.columns
    case 'map':
      return [panel.lat, panel.lon, panel.size, ...panel.label, ...setColumns(panel)]
  }
}

function setColumns({ sets = {} }: { readonly sets?: Readonly<Record<string, string>> }): readonly string[] {
  return Object.values(sets)
}
