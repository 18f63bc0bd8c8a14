import { element, setText } from '../page/element.ts'
import { formatNumber } from '../page/numbers.ts'
import { excessText } from './explain.ts'
import type { LayerCount } from './layer-count.ts'

type Part = {
  readonly kind: 'batch' | 'overridden' | 'speed' | 'merged' | 'excess'
  readonly from: number
  readonly to: number
}
type Bar = {
  readonly name: string
  readonly says: string
  readonly parts: readonly Part[]
  readonly value: string
  readonly note: string
}

/**
 * Draws batch, speed, their sum and the naive sum one below the other on one scale. The overridden rows are cut off at
 * batch's end, and speed begins there.
 */
export function sumBars(): { readonly root: HTMLElement; update(count: LayerCount): void } {
  const lines = new Map<string, ReturnType<typeof barLine>>()
  const root = element('dl', { class: 'sums' })
  return {
    root,
    update(count) {
      const widest = Math.max(1, count.naive, count.merged, count.batch)
      for (const bar of barsOf(count)) {
        const line = lines.get(bar.name) ?? barLine(bar)
        if (!lines.has(bar.name)) root.append(line.root)
        lines.set(bar.name, line)
        line.update(bar, widest)
      }
    },
  }
}

function barsOf(count: LayerCount): readonly Bar[] {
  const { batch, overridden, speed, merged, naive } = count
  const n = formatNumber
  const kept = batch - overridden
  return [
    {
      name: 'Batch',
      says: 'up to the tidemark',
      value: n(batch),
      note: overridden === 0 ? 'nothing overridden' : `${n(overridden)} overridden`,
      parts: [
        { kind: 'batch', from: 0, to: kept },
        { kind: 'overridden', from: kept, to: batch },
      ],
    },
    {
      name: 'Speed',
      says: 'from the tidemark on',
      value: `+${n(speed)}`,
      note: speed === 0 ? 'nothing since' : 'newer than batch',
      parts: [{ kind: 'speed', from: kept, to: merged }],
    },
    {
      name: 'Merged',
      says: 'the answer',
      value: n(merged),
      note: `${n(batch)} − ${n(overridden)} + ${n(speed)}`,
      parts: [
        { kind: 'batch', from: 0, to: kept },
        { kind: 'speed', from: kept, to: merged },
      ],
    },
    {
      name: 'Adding up',
      says: 'events as they come',
      value: n(naive),
      note: excessText(count),
      parts: [
        { kind: 'merged', from: 0, to: Math.min(merged, naive) },
        { kind: 'excess', from: merged, to: naive },
      ],
    },
  ]
}

function barLine({ name, says, parts }: Bar): { readonly root: HTMLElement; update(bar: Bar, widest: number): void } {
  const pieces = parts.map(({ kind }) => element('span', { class: `sum-part sum-${kind}` }))
  const [value, note] = [element('b', { class: 'sum-value' }), element('span', { class: 'sum-note' })]
  const root = element(
    'div',
    { class: 'sum', 'data-sum': name.toLowerCase().replaceAll(' ', '-') },
    element('dt', {}, element('b', { text: name }), element('span', { class: 'sum-says', text: ` ${says}` })),
    element('dd', {}, element('span', { class: 'sum-track', 'aria-hidden': 'true' }, ...pieces), value, note),
  )
  return {
    root,
    update(bar, widest) {
      setText(value, bar.value)
      setText(note, bar.note)
      note.classList.toggle(
        'is-wrong',
        bar.parts.some(({ kind, from, to }) => kind === 'excess' && to > from),
      )
      for (const [i, piece] of pieces.entries()) {
        const { from, to } = bar.parts[i] ?? { from: 0, to: 0 }
        piece.style.insetInlineStart = `${(from / widest) * 100}%`
        piece.style.inlineSize = `${(Math.max(0, to - from) / widest) * 100}%`
      }
    },
  }
}
