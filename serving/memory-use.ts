import { readFileSync } from 'node:fs'

/**
 * What this process holds of its memory limit without using it: an allocator keeps address space after a peak, and the
 * operating system's limit counts it. 0 where the system does not say.
 */
export function retainedBytes(): number {
  try {
    const kibibytes = /^VmData:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    return kibibytes === undefined ? 0 : Math.max(0, Number(kibibytes) * 1024 - process.memoryUsage.rss())
  } catch {
    return 0
  }
}
