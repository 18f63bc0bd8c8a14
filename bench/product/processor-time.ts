import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { childrenOf } from './memory-watch.ts'

/** Linux counts processor time in hundredths of a second. */
const msPerTick = 10
/** The places of user and system time behind the name of the process, which may hold blanks. */
const [userField, systemField] = [11, 12]

/** Returns the processor time that a process and those that it started have used so far, in milliseconds. */
export async function processorMsOf(pid: number): Promise<number> {
  const times = await Promise.all([pid, ...(await childrenOf(pid))].map(ticksOf))
  return times.reduce((sum, ticks) => sum + ticks, 0) * msPerTick
}

/** Returns the same of a process alone, without those that it started. */
export async function ownProcessorMsOf(pid: number): Promise<number> {
  return (await ticksOf(pid)) * msPerTick
}

/** Returns the share of one core that a process and those that it started use for a while, in percent. */
export async function shareOfCore(pid: number, forMs: number): Promise<number> {
  const [before, startedAt] = [await processorMsOf(pid), performance.now()]
  await delay(forMs)
  return (100 * ((await processorMsOf(pid)) - before)) / (performance.now() - startedAt)
}

async function ticksOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[userField] ?? 0) + Number(fields[systemField] ?? 0)
}
