const seed = 0x9747b28c
const multiplier = 0x5bd1e995

/** Murmur2 as Kafka's own clients compute it, as a signed 32-bit integer. */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const wholeWordsEnd = bytes.length - (bytes.length % 4)
  let hash = seed ^ bytes.length
  for (let at = 0; at < wholeWordsEnd; at += 4) {
    const word = Math.imul(view.getInt32(at, true), multiplier)
    hash = Math.imul(hash, multiplier) ^ Math.imul(word ^ (word >>> 24), multiplier)
  }
  if (wholeWordsEnd < bytes.length) {
    for (let at = bytes.length - 1; at >= wholeWordsEnd; at -= 1) {
      hash ^= view.getUint8(at) << (8 * (at - wholeWordsEnd))
    }
    hash = Math.imul(hash, multiplier)
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}

/** The partition of a key, the same on every log and with Kafka's own clients. */
export function partitionOfKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fffffff) % partitionCount
}
