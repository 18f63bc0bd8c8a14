import { AppError } from '../../schemas/errors.ts'
import { withoutMark } from '../../schemas/split-lines.ts'

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c]
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * Returns the events of a JSON body with the bytes that were sent: the elements of an array, or the body as the one
 * event. Only the brackets and commas of the array itself are checked here; the verdict decides whether an element is
 * JSON and an event. The bytes of JSON's structure occur in no other character of UTF-8, so broken text cannot shift a
 * border.
 */
export function jsonElements(
  body: Uint8Array,
  { elementsMax }: { readonly elementsMax: number },
): readonly Uint8Array[] {
  const value = trimmed(withoutMark(body))
  if (value.length === 0)
    throw new AppError('REQUEST_INVALID', 'body: empty. Expected a JSON object or an array of objects.')
  if (value[0] !== openBracket) return [value]
  const borders = topLevelBorders(value, elementsMax)
  const elements = borders.slice(1).map((border, i) => trimmed(value.subarray((borders[i] ?? 0) + 1, border)))
  if (elements.length === 1 && elements[0]?.length === 0) return []
  const empty = elements.findIndex(({ length }) => length === 0)
  if (empty !== -1) throw new AppError('REQUEST_INVALID', `body: not a JSON array, its element ${empty + 1} is empty.`)
  return elements
}

/** Returns the places of the array's opening bracket, its own commas and its closing bracket. */
function topLevelBorders(value: Uint8Array, elementsMax: number): readonly number[] {
  const borders = [0]
  let depth = 0
  for (let at = 0; at < value.length; at += 1) {
    const byte = value[at]
    if (byte === quote) at = endOfText(value, at)
    else if (byte === openBracket || byte === openBrace) depth += 1
    else if (byte === closeBracket || byte === closeBrace) depth -= 1
    else if (byte === comma && depth === 1) borders.push(at)
    if (depth === 0) return closed(value, [...borders, at])
    if (borders.length > elementsMax) {
      throw new AppError('BODY_TOO_LARGE', `body: more than ${elementsMax} events. Send fewer at a time.`)
    }
  }
  throw new AppError('REQUEST_INVALID', 'body: not a JSON array, it is cut off. Nothing was taken.')
}

function closed(value: Uint8Array, borders: readonly number[]): readonly number[] {
  const end = value.length - 1
  if (borders.at(-1) === end && value[end] === closeBracket) return borders
  throw new AppError(
    'REQUEST_INVALID',
    'body: not a JSON array, it does not end with its own bracket. Nothing was taken.',
  )
}

function endOfText(value: Uint8Array, start: number): number {
  for (let at = start + 1; at < value.length; at += 1) {
    if (value[at] === backslash) at += 1
    else if (value[at] === quote) return at
  }
  return value.length
}

/** Returns the bytes without JSON's white space around them. */
function trimmed(bytes: Uint8Array): Uint8Array {
  const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
  let [start, end] = [0, bytes.length]
  while (start < end && isSpace(bytes[start])) start += 1
  while (end > start && isSpace(bytes[end - 1])) end -= 1
  return bytes.subarray(start, end)
}
