import stringWidth from 'string-width'

export type TextColumn = { readonly isNumber?: boolean }

/** Returns lines of aligned columns without borders, which `awk` can split too. */
export function textColumns(rows: readonly (readonly string[])[], columns: readonly TextColumn[], indent = ''): string {
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => stringWidth(row[i] ?? ''))))
  return rows
    .map((row) => {
      const cells = columns.map(({ isNumber }, i) => {
        const padding = ' '.repeat((widths[i] ?? 0) - stringWidth(row[i] ?? ''))
        return isNumber === true ? padding + (row[i] ?? '') : (row[i] ?? '') + padding
      })
      return `${indent}${cells.join('  ').trimEnd()}\n`
    })
    .join('')
}

const kilobyte = 1000
const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** `34 kB`, `1.2 MB`. */
export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= kilobyte && unit < units.length - 1) [value, unit] = [value / kilobyte, unit + 1]
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

/** `14 s`, `3 min`, `2 h`, `5 d`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`
}

export function countText(count: number): string {
  return count.toLocaleString('en-US')
}
