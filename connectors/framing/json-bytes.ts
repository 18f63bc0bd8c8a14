/**
 * The bytes of JSON's structure. In UTF-8 they are part of no other character, so broken text cannot move a boundary.
 */
export const byteOf = {
  quote: 0x22,
  backslash: 0x5c,
  comma: 0x2c,
  openBracket: 0x5b,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
  newline: 0x0a,
} as const

export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === byteOf.newline || byte === 0x0d || byte === 0x09
}

/** Scans a JSON value that comes in pieces. It is whole when its last bracket is closed. */
export class ValueScan {
  #depth = 0
  #isText = false
  #isEscaped = false

  /**
   * Reads from `at`, where the value begins or goes on. Returns the value's end, or -1 if it needs more bytes. The end
   * is after the closing bracket; a value without brackets ends at the comma or bracket that follows.
   */
  end(bytes: Uint8Array, at: number): number {
    for (let i = at; i < bytes.length; i += 1) {
      const byte = bytes[i]
      if (this.#isText) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === byteOf.backslash) this.#isEscaped = true
        else if (byte === byteOf.quote) this.#isText = false
      } else if (byte === byteOf.quote) this.#isText = true
      else if (byte === byteOf.openBrace || byte === byteOf.openBracket) this.#depth += 1
      else if (byte === byteOf.closeBrace || byte === byteOf.closeBracket) {
        if (this.#depth === 0) return i
        this.#depth -= 1
        if (this.#depth === 0) return i + 1
      } else if (byte === byteOf.comma && this.#depth === 0) return i
    }
    return -1
  }
}
