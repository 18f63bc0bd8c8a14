import { AppError } from '../../schemas/errors.ts'
import type { CheckedObject, ObjectBody } from '../../schemas/ports/store.ts'

export type Fetching<T extends ObjectBody> = CheckedObject & {
  /** The store, for messages. */
  readonly where: string
  /** Null where there is no such object. */
  readonly fetch: () => Promise<T | null>
  /** Called with a sentence for people where a copy is not whole and another one is fetched. */
  readonly onRetry?: (message: string) => void
}

/**
 * A copy of an object that is whole, null where there is no object. One that is not may be a bad copy of a good object, so another is fetched; only where
 * that is not whole either, the object itself is damaged.
 */
export async function fetchWhole<T extends ObjectBody>(fetching: Fetching<T>): Promise<T | null> {
  const { where, key, check, fetch, onRetry } = fetching
  const first = await fetch()
  if (first === null || (await check.isWhole(first))) return first
  onRetry?.(`${where}: a copy of ${key} is damaged; another is fetched`)
  const second = await fetch()
  if (second === null || (await check.isWhole(second))) return second
  const { code, mend } = check.fault
  throw new AppError(code, `${key} is damaged in ${where}, as two reads of it found: ${mend}`)
}
