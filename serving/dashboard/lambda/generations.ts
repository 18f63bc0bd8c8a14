import { problemText } from '../page/api.ts'
import type { Card } from '../panels/card.ts'
import { element, setText } from '../page/element.ts'
import { formatBytes, formatDuration, formatTime } from '../page/format.ts'
import { formatNumber } from '../page/numbers.ts'
import type { App } from '../page/page.ts'

const shownMax = 20

type Generation = {
  readonly generation: number
  readonly created_at: string
  readonly age_ms: number
  readonly run_ms: number
  readonly is_rebuild: boolean
  readonly tidemark: Readonly<Record<string, string>>
  readonly files: number
  readonly rows: number
  readonly bytes: number
}

type Line = { readonly root: HTMLElement; showAge(): void }

/**
 * The newest generations of the dataset, loaded again when the service has attached another one. Their ages are updated
 * in between.
 */
export function generationsCard(app: App, card: Card): void {
  const lines = element('tbody')
  const heads = ['Age', 'Took', 'New events', 'Rows', 'Files', 'Size']
  const table = element(
    'table',
    { class: 'rows generations' },
    element('caption', { class: 'hidden-text', text: 'Generations, newest first' }),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', { scope: 'col', text: 'Generation' }),
        ...heads.map((text) => element('th', { scope: 'col', class: 'number', text })),
      ),
    ),
    lines,
  )
  card.body.append(
    element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Generations: rows' }, table),
  )
  let shown: readonly Line[] = []
  let attached: number | null = null
  const load = async (): Promise<void> => {
    const response = await app.api.fetch(`/v1/${app.dataset.name}/generations?limit=${shownMax + 1}`)
    const { generations }: { generations: readonly Generation[] } = await response.json()
    if (generations.length === 0) {
      card.showState('No generation yet: the batch layer has not run. Until then the speed layer answers alone.')
      return
    }
    const made = generations.slice(0, shownMax).map((generation, i) => line(generation, generations[i + 1]))
    lines.replaceChildren(...made.map(({ root }) => root))
    shown = made
    card.showBody()
  }
  app.onStatus(({ datasets }) => {
    for (const each of shown) each.showAge()
    const standing = datasets.find(({ dataset }) => dataset === app.dataset.name)
    if (standing === undefined || standing.generation === attached) return
    const before = attached
    attached = standing.generation
    load().catch((error: unknown) => {
      attached = before
      if (!app.signal.aborted) card.showStale(problemText(error))
    })
  })
}

function line(generation: Generation, before: Generation | undefined): Line {
  const seenMs = performance.now()
  const age = element('time', { datetime: generation.created_at, title: formatTime(generation.created_at) })
  const showAge = (): void => setText(age, formatDuration(roundAge(generation.age_ms + performance.now() - seenMs)))
  showAge()
  const number = element('span', { text: formatNumber(generation.generation) })
  const name = generation.is_rebuild ? [number, ' ', element('span', { class: 'badge', text: 'rebuild' })] : [number]
  const isLast = generation.generation > 1 && before === undefined
  const added = isLast ? '–' : formatNumber(reachOf(generation) - (before === undefined ? 0 : reachOf(before)))
  const cells = [
    formatDuration(generation.run_ms),
    added,
    formatNumber(generation.rows),
    formatNumber(generation.files),
    formatBytes(generation.bytes),
  ]
  const root = element(
    'tr',
    {},
    element('th', { scope: 'row' }, ...name),
    element('td', { class: 'number' }, age),
    ...cells.map((text) => element('td', { class: 'number', text })),
  )
  return { root, showAge }
}

/** Rounds to whole seconds, so that a growing age does not flicker. */
function roundAge(ageMs: number): number {
  return ageMs < 60_000 ? Math.floor(ageMs / 1000) * 1000 : ageMs
}

function reachOf({ tidemark }: Generation): number {
  return Object.values(tidemark).reduce((sum, offset) => sum + Number(offset), 0)
}
