import { withBytes } from './object-bytes.ts'
import { isAsDigested } from './own-digest.ts'
import type { ObjectCheck } from '../ports/store.ts'

/**
 * A JSON object of the store is whole where its digest says so. One of format 1 has none, and says that it is of format 1:
 * no single bit makes it of a newer object, whose digest's place would have to vanish as well.
 */
export function jsonCheck(fault: ObjectCheck['fault']): ObjectCheck {
  return {
    fault,
    isWhole: async (copy) =>
      (await isAsDigested(copy, 'json')) ??
      (await withBytes(copy, async (bytes) => formatOf(parseJson(await bytes.read(0, bytes.size))) === 1)),
  }
}

/** Null for what is not JSON. */
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
