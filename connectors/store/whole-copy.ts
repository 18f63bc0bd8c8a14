import { AppError } from '../../schemas/errors.ts'
import type { CheckedObject, ObjectBody } from '../../schemas/ports/store.ts'

export type Fetching<T extends ObjectBody> = CheckedObject & {
  /** The store, for messages. */
  readonly where: string
  /** Returns null if there is no such object. */
  readonly fetch: () => Promise<T | null>
  /** Called with a sentence for people when a copy is damaged and another is fetched. */
  readonly onRetry?: (message: string) => void
}

/**
 * Returns an undamaged copy of an object; null if there is no object. A damaged copy may come of an undamaged object,
 * so another is fetched. If that is damaged too, throws the check's fault.
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
