/** A run of bytes as text, or as an escape if they would be invisible or are not UTF-8. */
export type Piece = { readonly text: string; readonly isEscaped: boolean }

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Matches control characters, format characters such as those that reverse the direction of text, lone surrogates and
 * line separators.
 */
const unseen = /[\p{C}\p{Zl}\p{Zp}]/u

/**
 * Makes every byte visible: invisible characters become `\n`, `\x1b` or `\u{202e}`, bytes that are not UTF-8 become
 * `\xff`.
 */
export function visibleBytes(bytes: Uint8Array): readonly Piece[] {
  const pieces: { text: string; isEscaped: boolean }[] = []
  const add = (text: string, isEscaped: boolean): void => {
    const last = pieces.at(-1)
    if (last?.isEscaped === isEscaped) last.text += text
    else pieces.push({ text, isEscaped })
  }
  for (let at = 0; at < bytes.length;) {
    const character = characterAt(bytes, at)
    if (character === null) {
      add(`\\x${hexOf(bytes[at] ?? 0)}`, true)
      at += 1
    } else {
      if (unseen.test(character.text)) add(escapeOf(character.text), true)
      else add(character.text, false)
      at += character.length
    }
  }
  return pieces
}

/** `0000  7b 22 76 69 ...  {"vi...`, sixteen bytes a line. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let from = 0; from < bytes.length; from += 16) {
    const line = [...bytes.subarray(from, from + 16)]
    const shown = line.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCodePoint(byte) : '.')).join('')
    lines.push(`${from.toString(16).padStart(4, '0')}  ${line.map(hexOf).join(' ').padEnd(47)}  ${shown}`)
  }
  return lines.join('\n')
}

export function bytesOfBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.codePointAt(0) ?? 0)
}

/** Returns null if no UTF-8 character begins at the position. */
function characterAt(bytes: Uint8Array, at: number): { readonly text: string; readonly length: number } | null {
  const length = lengthByLead(bytes[at] ?? 0)
  if (at + length > bytes.length) return null
  try {
    return { text: utf8.decode(bytes.subarray(at, at + length)), length }
  } catch {
    return null
  }
}

function lengthByLead(lead: number): number {
  if (lead < 0xc0) return 1
  if (lead < 0xe0) return 2
  return lead < 0xf0 ? 3 : 4
}

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return short[character] ?? (code < 0x80 ? `\\x${hexOf(code)}` : `\\u{${code.toString(16)}}`)
}

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
