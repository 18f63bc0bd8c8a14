import { element } from '../page/element.ts'
import { formatTime } from '../page/format.ts'
import { exactNumber, formatNumber } from '../page/numbers.ts'
import type { AsOf } from '../page/page.ts'

/** What an answer stands on, in words: per dataset that has any events its generation, its positions and its stream time. */
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

/** One partition is a number; of several each says its own. */
function positions(by: Readonly<Record<string, string>>): string {
  const entries = Object.entries(by)
  const [first] = entries
  if (first === undefined) return 'the beginning'
  if (entries.length === 1) return exactNumber(first[1])
  return entries.map(([name, offset]) => `${name.replace(/^.*\//, '')}:${exactNumber(offset)}`).join(' ')
}
