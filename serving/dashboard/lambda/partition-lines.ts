import { element, setText } from '../page/element.ts'
import { formatNumber } from '../page/numbers.ts'

export type PartitionFacts = {
  readonly name: string
  readonly tidemark: number
  readonly speed: number
  /** The newest known end of the log. */
  readonly end: number
}

type Line = { readonly root: HTMLElement; update(facts: PartitionFacts, longest: number): void }

/**
 * A line for each partition of the log: the offsets that batch has reached, the tidemark, those that speed holds, those
 * still to be read.
 */
export function partitionLines(): { readonly root: HTMLElement; update(partitions: readonly PartitionFacts[]): void } {
  const lines = new Map<string, Line>()
  const root = element('ul', { class: 'partitions' })
  return {
    root,
    update(partitions) {
      const longest = Math.max(1, ...partitions.map(({ end }) => end))
      for (const facts of partitions) {
        const line = lines.get(facts.name) ?? makeLine(facts.name)
        if (!lines.has(facts.name)) root.append(line.root)
        lines.set(facts.name, line)
        line.update(facts, longest)
      }
    },
  }
}

export function reachLegend(): HTMLElement {
  const keys = [
    ['reach-key reach-batch', 'batch'],
    ['mark-key', 'tidemark'],
    ['reach-key reach-speed', 'speed'],
    ['reach-key reach-rest', 'still to be read'],
  ] as const
  const items = keys.map(([key, text]) => element('li', {}, element('span', { class: key }), text))
  return element('ul', { class: 'legend' }, ...items)
}

function makeLine(name: string): Line {
  const [batch, speed, rest] = ['batch', 'speed', 'rest'].map((kind) =>
    element('span', { class: `reach reach-${kind}` }),
  )
  const mark = element('span', { class: 'tidemark' })
  const text = element('span', { class: 'partition-text' })
  const track = element(
    'span',
    { class: 'partition-track', 'aria-hidden': 'true' },
    batch ?? null,
    speed ?? null,
    rest ?? null,
    mark,
  )
  const root = element(
    'li',
    { class: 'partition' },
    element('span', { class: 'partition-name', text: name }),
    track,
    text,
  )
  return {
    root,
    update({ tidemark, speed: reached, end }, longest) {
      const percent = (position: number): string => `${(position / longest) * 100}%`
      place(batch, '0%', percent(tidemark))
      place(speed, percent(tidemark), percent(Math.max(0, reached - tidemark)))
      place(rest, percent(reached), percent(Math.max(0, end - reached)))
      mark.style.insetInlineStart = percent(tidemark)
      const behind = Math.max(0, end - reached)
      const parts = [`tidemark at ${formatNumber(tidemark)}`, `${formatNumber(Math.max(0, reached - tidemark))} since`]
      setText(text, [...parts, ...(behind > 0 ? [`${formatNumber(behind)} to read`] : [])].join(' · '))
    },
  }
}

function place(part: HTMLElement | undefined, from: string, size: string): void {
  part?.style.setProperty('inset-inline-start', from)
  part?.style.setProperty('inline-size', size)
}
