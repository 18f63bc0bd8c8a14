/** How the bench ends. */
export const exitCodes = {
  reached: 0,
  /** A figure could not be measured, or a peer has other answers. */
  failed: 1,
  usage: 2,
  /** All was measured, and a goal is missed. */
  short: 3,
  interrupted: 130,
} as const
