import stringWidth from 'string-width'

export type BoxColumn = { readonly name: string; readonly isNumber: boolean }

export type BoxOptions = {
  /** The width of the terminal in characters: cells are cut to fit. If undefined, nothing is cut. */
  readonly widthMax?: number
}

const ellipsis = '…'
const cellWidthMin = 4
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * Draws a table for people: numbers to the right, text to the left, each character as wide as a terminal draws it. If a
 * line is too wide, its widest cells are cut.
 */
export function boxTable(
  columns: readonly BoxColumn[],
  rows: readonly (readonly string[])[],
  { widthMax }: BoxOptions = {},
): string {
  const cells = rows.map((row) => row.map(oneLine))
  const names = columns.map(({ name }) => oneLine(name))
  const wanted = columns.map((_, i) =>
    Math.max(stringWidth(names[i] ?? ''), ...cells.map((row) => stringWidth(row[i] ?? '')), 1),
  )
  const widths = widthMax === undefined ? wanted : shrink(wanted, widthMax - 3 * columns.length - 1)
  const line = (row: readonly string[], isRight: (i: number) => boolean) =>
    `│${widths.map((width, i) => ` ${fit(row[i] ?? '', width, isRight(i))} `).join('│')}│\n`
  const rule = (left: string, middle: string, right: string) =>
    `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}\n`
  const isRight = (i: number) => columns[i]?.isNumber === true
  return [
    rule('┌', '┬', '┐'),
    line(names, isRight),
    rule('├', '┼', '┤'),
    ...cells.map((row) => line(row, isRight)),
    rule('└', '┴', '┘'),
  ].join('')
}

/** Narrows the widest columns until all fit or are as narrow as allowed. */
function shrink(wanted: readonly number[], room: number): readonly number[] {
  let widest = Math.max(...wanted)
  while (widest > cellWidthMin && sum(wanted, widest) > room) widest -= 1
  return wanted.map((width) => Math.min(width, widest))
}

function sum(widths: readonly number[], max: number): number {
  return widths.reduce((total, width) => total + Math.min(width, max), 0)
}

function fit(text: string, width: number, isRight: boolean): string {
  const cut = stringWidth(text) <= width ? text : `${firstCells(text, width - 1)}${ellipsis}`
  const padding = ' '.repeat(Math.max(0, width - stringWidth(cut)))
  return isRight ? padding + cut : cut + padding
}

function firstCells(text: string, width: number): string {
  let [taken, used] = ['', 0]
  for (const { segment } of segmenter.segment(text)) {
    used += stringWidth(segment)
    if (used > width) return taken
    taken += segment
  }
  return taken
}

/** Escapes characters that would move the cursor or colour the terminal, because events come from strangers. */
function oneLine(text: string): string {
  return text
    .replaceAll('\n', '↵')
    .replace(
      /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
}
