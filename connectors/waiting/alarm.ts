/** Rings once, so many milliseconds from now, unless what it answers is called before. */
export type SetAlarm = (ms: number, ring: () => void) => () => void

export const systemAlarm: SetAlarm = (ms, ring) => {
  const timer = setTimeout(ring, ms)
  return () => clearTimeout(timer)
}
