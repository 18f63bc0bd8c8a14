import { element, setText } from '../page/element.ts'
import { formatNumber } from '../page/numbers.ts'
import { excessText } from './explain.ts'
import type { LayerCount } from './layer-count.ts'

export type FlowFacts = {
  readonly count: LayerCount
  readonly generation: number
  /** Events of all partitions that the batch layer has reached, and events after those. */
  readonly covered: number
  readonly since: number
}

type Box = { readonly root: HTMLElement; set(value: string, note: string): void }

/** Shows the way of an event, with the current numbers: the log, then batch and speed side by side, then one answer. */
export function flow(): { readonly root: HTMLElement; update(facts: FlowFacts): void } {
  const log = box('log', 'Log')
  const batch = box('batch', 'Batch layer')
  const speed = box('speed', 'Speed layer')
  const merged = box('merged', 'Merged')
  const naive = element('p', { class: 'flow-naive' })
  merged.root.append(naive)
  const layers = element('div', { class: 'flow-layers' }, batch.root, speed.root)
  const root = element('div', { class: 'flow' }, log.root, arrow('split'), layers, arrow('join'), merged.root)
  return {
    root,
    update({ count, generation, covered, since }) {
      const n = formatNumber
      log.set(n(covered + since), 'events, as they came')
      batch.set(
        n(count.batch),
        generation === 0
          ? 'no generation yet: nothing reached'
          : `generation ${n(generation)}: the first ${n(covered)} events`,
      )
      speed.set(
        `+${n(count.speed)}`,
        count.overridden === 0
          ? `from ${n(since)} events since`
          : `from ${n(since)} events since; overrides ${n(count.overridden)} of batch`,
      )
      merged.set(n(count.merged), count.title.toLowerCase())
      setText(naive, `Adding up says ${n(count.naive)}, ${excessText(count)}`)
      naive.classList.toggle('is-wrong', count.naive !== count.merged)
    },
  }
}

function box(kind: string, title: string): Box {
  const [value, note] = [element('p', { class: 'flow-value' }), element('p', { class: 'flow-note' })]
  return {
    root: element('div', { class: `flow-box flow-${kind}` }, element('h3', { text: title }), value, note),
    set(text, more) {
      setText(value, text)
      // Long figures are drawn smaller, so that they fit.
      value.style.setProperty('--characters', String(text.length))
      setText(note, more)
    },
  }
}

function arrow(kind: string): HTMLElement {
  return element('div', { class: `flow-arrow flow-${kind}`, 'aria-hidden': 'true' }, element('span'), element('span'))
}
