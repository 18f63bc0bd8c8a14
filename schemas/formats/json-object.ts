import { withBytes } from './object-bytes.ts'
import { isAsDigested } from './own-digest.ts'
import type { ObjectCheck } from '../ports/store.ts'

/**
 * Checks a JSON object of the store by its digest. An object of format 1 has none, and says that it is of format 1. A
 * flipped bit cannot make a newer object look like one: its digest would have to vanish as well.
 */
export function jsonCheck(fault: ObjectCheck['fault']): ObjectCheck {
  return {
    fault,
    isWhole: async (copy) =>
      (await isAsDigested(copy, 'json')) ??
      (await withBytes(copy, async (bytes) => formatOf(parseJson(await bytes.read(0, bytes.size))) === 1)),
  }
}

/** Returns null if the body is not JSON. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString())
  } catch {
    return null
  }
}

function formatOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'format' in value ? value.format : null
}
