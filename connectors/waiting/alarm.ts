/** Calls `ring` once, after `ms` milliseconds, unless the function that it returns is called before. */
export type SetAlarm = (ms: number, ring: () => void) => () => void

export const systemAlarm: SetAlarm = (ms, ring) => {
  const timer = setTimeout(ring, ms)
  return () => clearTimeout(timer)
}
