import { readFileSync } from 'node:fs'

/**
 * Returns the bytes of memory that this process holds for itself. Pages of files are not counted, though they are
 * resident: the embedded log is read through a mapping that grows with the log, and the operating system takes its
 * pages back when it needs them. Where the system does not tell them apart, returns all resident bytes.
 */
export function privateBytes(): number {
  return statusBytes('RssAnon') ?? process.memoryUsage.rss()
}

/**
 * Returns the bytes that count against the limit that the operating system sets this process. That is address space,
 * so it holds what an allocator keeps after a peak, too. Where the system does not tell, returns all resident bytes.
 */
export function bytesAgainstLimit(): number {
  return statusBytes('VmData') ?? process.memoryUsage.rss()
}

function statusBytes(name: 'RssAnon' | 'VmData'): number | null {
  try {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    return kibibytes === undefined ? null : Number(kibibytes) * 1024
  } catch {
    return null
  }
}
