/** `floor` is what was asked for: at least it for a rate, at most it for a time or a size. */
export type Figure = { readonly name: string; readonly value: number; readonly unit: string; readonly floor?: number }

export function report(figures: readonly Figure[]): string {
  return figures
    .map((figure) => `${figure.name.padEnd(44)}${format(figure.value).padStart(12)} ${figure.unit}${verdict(figure)}`)
    .join('\n')
}

function verdict({ value, unit, floor }: Figure): string {
  if (floor === undefined) return ''
  const isRate = unit.endsWith('/s')
  const isReached = isRate ? value >= floor : value <= floor
  return `  (asked: ${isRate ? 'at least' : 'at most'} ${format(floor)}${isReached ? '' : ', FALLS SHORT'})`
}

function format(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 })
}
