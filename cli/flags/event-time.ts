import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'

/** Reads the event time of a line for pacing, in epoch ms; undefined if the line has no readable time. */
export function eventTimeOf({ time: { path, unit } }: DefinedDataset): (line: Uint8Array) => number | undefined {
  const names = path.split('.')
  return (line) => {
    const time = names.reduce<unknown>(fieldOf, parse(line))
    const ms = typeof time === 'string' ? Date.parse(time) : typeof time === 'number' ? time * msPer[unit ?? 'ms'] : NaN
    return Number.isFinite(ms) ? ms : undefined
  }
}

const msPer = { s: 1000, ms: 1, us: 1 / 1000, iso: NaN } as const

/** Returns the name of the parameter as Meetup's API formed it: `since_mtime` for the event time `mtime`. */
export function sinceParameterOf({ time }: DefinedDataset): string {
  return `since_${time.path.split('.').at(-1) ?? ''}`
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}

function parse(line: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(line).toString())
  } catch {
    return undefined
  }
}
