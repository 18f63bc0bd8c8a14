import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** The limit of processor time that Linux keeps for a group of processes, a container for example. */
export type CpuQuota = { readonly quotaUs: number; readonly periodUs: number }

/**
 * Returns how many cores this process is given: those that it may run on, or fewer where its container has a smaller
 * share of processor time. Node 20 does not look at that share.
 */
export function coresGiven(
  parallelism: number = availableParallelism(),
  read: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): number {
  const quota = cpuQuota(read)
  return quota === null ? parallelism : Math.max(1, Math.min(parallelism, Math.floor(quota.quotaUs / quota.periodUs)))
}

/** Reads the limit of cgroup v2, then of v1; null if there is none, or no cgroups. */
function cpuQuota(read: (path: string) => string): CpuQuota | null {
  const lines = (path: string): readonly string[] => {
    try {
      return read(path).trim().split('\n')
    } catch {
      return []
    }
  }
  const own = lines('/proc/self/cgroup').find((line) => line.startsWith('0::'))
  const [limits] = own === undefined ? [] : lines(`/sys/fs/cgroup${own.slice('0::'.length)}/cpu.max`)
  const v2 = limits?.split(' ') ?? []
  const v1 = ['quota', 'period'].flatMap((name) => lines(`/sys/fs/cgroup/cpu/cpu.cfs_${name}_us`))
  for (const [quotaUs, periodUs] of [v2.map(Number), v1.map(Number)]) {
    // Without a limit the quota is `max` in v2 and -1 in v1.
    if (quotaUs !== undefined && periodUs !== undefined && quotaUs > 0 && periodUs > 0) return { quotaUs, periodUs }
  }
  return null
}
