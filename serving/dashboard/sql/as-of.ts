import { element } from '../page/element.ts'
import { formatTime } from '../page/format.ts'
import { exactNumber, formatNumber } from '../page/numbers.ts'
import type { AsOf } from '../page/page.ts'

/** Describes the state of an answer in words: generation, positions and stream time of each dataset that has events. */
export function asOfText({ view, datasets }: AsOf): readonly string[] {
  const standing = Object.entries(datasets)
    .filter(([, { generation, stream_time: time }]) => generation > 0 || time !== null)
    .map(([name, { generation, tidemark, speed, stream_time: time }]) => {
      const batch =
        generation === 0 ? 'no generation yet' : `generation ${formatNumber(generation)} to ${positions(tidemark)}`
      return `${name}: ${batch}, speed to ${positions(speed)}${time === null ? '' : `, stream time ${formatTime(time)}`}`
    })
  return [`${view} view`, ...standing]
}

export function asOfList(asOf: AsOf): HTMLElement {
  return element(
    'ul',
    { class: 'as-of note', 'aria-label': 'What the answer stands on' },
    ...asOfText(asOf).map((text) => element('li', { text })),
  )
}

/** For one partition, returns its offset alone; for several, an offset for each. */
function positions(by: Readonly<Record<string, string>>): string {
  const entries = Object.entries(by)
  const [first] = entries
  if (first === undefined) return 'the beginning'
  if (entries.length === 1) return exactNumber(first[1])
  return entries.map(([name, offset]) => `${name.replace(/^.*\//, '')}:${exactNumber(offset)}`).join(' ')
}
