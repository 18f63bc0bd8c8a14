import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** The most memory that a process held, and each process that it started. */
export type Peaks = { readonly mainBytes: number; readonly others: readonly number[] }

const intervalMs = 20

/**
 * Reads the peaks that Linux keeps of a process and of its children, again and again until it is stopped: they are gone
 * once a process has ended. What a process gains in its last moments may be missed.
 */
export function watchMemory(pid: number): () => Promise<Peaks> {
  const peaks = new Map<number, number>()
  const stop = new AbortController()
  const watching = (async () => {
    while (!stop.signal.aborted) {
      for (const each of [pid, ...(await childrenOf(pid))]) {
        const bytes = await peakOf(each)
        if (bytes !== null) peaks.set(each, bytes)
      }
      await delay(intervalMs)
    }
  })()
  return async () => {
    stop.abort()
    await watching
    const main = peaks.get(pid)
    if (main === undefined) throw new Error('the memory of a process can be read on Linux only')
    peaks.delete(pid)
    return { mainBytes: main, others: [...peaks.values()] }
  }
}

export async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.split(' ').filter(Boolean).map(Number)
}

/** Null of a process that has ended. */
async function peakOf(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) * 1024
}
