/** Returns numbers in [0, 1), the same ones for the same seed. */
export type Random = () => number

/** Mulberry32. Its 32 bits of state are enough to choose test events, and for nothing else. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** Returns an integer in [0, end). */
export function randomInt(random: Random, end: number): number {
  return Math.floor(random() * end)
}
