const backslash = 0x5c

/** Returns bytes as text that a terminal only shows: every byte that is not printable UTF-8 is escaped. */
export function printable(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at)
    const character = length === 0 ? '' : Buffer.from(bytes.subarray(at, at + length)).toString()
    const isPlain = length > 0 && bytes[at] !== backslash && !/[\p{C}\p{Zl}\p{Zp}]/u.test(character)
    const taken = Math.max(1, length)
    text += isPlain ? character : escaped(bytes.subarray(at, at + taken))
    at += taken
  }
  return text
}

function escaped(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte === backslash ? '\\\\' : `\\x${byte.toString(16).padStart(2, '0')}`)).join(
    '',
  )
}

/** Returns the length of the UTF-8 character that begins here; 0 if none does. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    return decoder.decode(bytes.subarray(at, at + length)) === '' ? 0 : length
  } catch {
    return 0
  }
}
