/** Calls `work` at each interval until the returned function is called. */
export type Every = (work: () => void, intervalMs: number) => () => void

export const every: Every = (work, intervalMs) => {
  const timer = setInterval(work, intervalMs)
  return () => clearInterval(timer)
}
