import type { RunDetails } from 'fast-check'

/** A reporter for properties over whole batches: says how to run the failure again, but does not print the batch. */
export function throwBriefly<T>({ failed, seed, counterexamplePath, errorInstance }: RunDetails<T>): void {
  if (failed) throw new Error(`fails with seed ${seed}, path ${counterexamplePath ?? ''}`, { cause: errorInstance })
}
