import type { RunDetails } from 'fast-check'

/** For properties over whole batches: says how to run a failure again and what failed, but does not print the batch. */
export function throwBriefly<T>({ failed, seed, counterexamplePath, errorInstance }: RunDetails<T>): void {
  if (failed) throw new Error(`fails with seed ${seed}, path ${counterexamplePath ?? ''}`, { cause: errorInstance })
}
