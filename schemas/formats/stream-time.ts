/** The newest event time seen, never later than its reception; epoch ms. Null before the first accepted event. */
export type StreamTime = number | null

export function newer(a: StreamTime, b: StreamTime): StreamTime {
  return a === null || b === null ? (a ?? b) : Math.max(a, b)
}

/** RFC 3339, in UTC. */
export function isoTime(time: StreamTime): string | null {
  return time === null ? null : new Date(time).toISOString()
}
