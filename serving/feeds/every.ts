/** Calls back at the interval until what it answers is called. */
export type Every = (work: () => void, intervalMs: number) => () => void

export const every: Every = (work, intervalMs) => {
  const timer = setInterval(work, intervalMs)
  return () => clearInterval(timer)
}
