/** A rate must be at least its `target`; a time or a size must be at most its `target`. */
export type Figure = { readonly name: string; readonly value: number; readonly unit: string; readonly target?: number }

export function report(figures: readonly Figure[]): string {
  return figures
    .map((figure) => `${figure.name.padEnd(44)}${format(figure.value).padStart(12)} ${figure.unit}${verdict(figure)}`)
    .join('\n')
}

function verdict({ value, unit, target }: Figure): string {
  if (target === undefined) return ''
  const isRate = unit.endsWith('/s')
  const isReached = isRate ? value >= target : value <= target
  return `  (asked: ${isRate ? 'at least' : 'at most'} ${format(target)}${isReached ? '' : ', FALLS SHORT'})`
}

function format(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 })
}
