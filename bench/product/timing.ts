/** Wall time, and processor time of this process with all its threads. */
export type Cost = { readonly wallMs: number; readonly cpuMs: number }

export async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 }
}

/** One run after the other. */
export async function repeat<T>(runs: number, run: (n: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = []
  for (let n = 0; n < runs; n += 1) results.push(await run(n))
  return results
}
