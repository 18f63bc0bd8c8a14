import { readFileSync } from 'node:fs'

/**
 * What this process holds in memory for itself. Pages of files are not counted, though they are resident: the embedded log is
 * read through a mapping that grows as the log does, and the operating system takes its pages back when it needs them. All
 * that is resident where the system does not tell them apart.
 */
export function privateBytes(): number {
  return statusBytes('RssAnon') ?? process.memoryUsage.rss()
}

/**
 * What this process holds of its memory limit without using it: an allocator keeps address space after a peak, and the
 * operating system's limit counts it. 0 where the system does not say.
 */
export function retainedBytes(): number {
  const limited = statusBytes('VmData')
  return limited === null ? 0 : Math.max(0, limited - process.memoryUsage.rss())
}

function statusBytes(name: 'RssAnon' | 'VmData'): number | null {
  try {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    return kibibytes === undefined ? null : Number(kibibytes) * 1024
  } catch {
    return null
  }
}
