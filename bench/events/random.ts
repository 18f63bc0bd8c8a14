/** Returns numbers in [0, 1), the same ones for the same seed: `seededRandom` of the sensors' generator makes one. */
export type Random = () => number

/** Returns an integer in [0, end). */
export function randomInt(random: Random, end: number): number {
  return Math.floor(random() * end)
}
