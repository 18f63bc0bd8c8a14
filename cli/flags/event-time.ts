import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'

/** Reads a line's event time for pacing, epoch ms; undefined where the line has none that can be read. */
export function eventTimeOf(dataset: DefinedDataset): (line: Uint8Array) => number | undefined {
  const names = dataset.time.path.split('.')
  return (line) => {
    const time = names.reduce<unknown>(fieldOf, parse(line))
    return typeof time === 'number' && Number.isFinite(time) ? time : undefined
  }
}

/** As Meetup called it: `since_mtime`, where the event's time is `mtime`. */
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
