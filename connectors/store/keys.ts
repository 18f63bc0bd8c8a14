const segment = /^(?!\.{1,2}$)[A-Za-z0-9._=-]+$/
const partialSegment = /^[A-Za-z0-9._=-]*$/
const metadataName = /^[a-z0-9-]+$/
const printableAscii = /^[\x20-\x7e]*$/

export function isKey(key: string): boolean {
  return key.split('/').every((part) => segment.test(part))
}

/**
 * Throws a TypeError for a key that a folder or another store could read as another one: this is a fault of the caller.
 */
export function requireKey(key: string): void {
  if (!isKey(key)) throw new TypeError(`not a key of an object: ${JSON.stringify(key)}`)
}

/** A prefix may end in the middle of a segment. */
export function requirePrefix(prefix: string): void {
  const folders = prefix.split('/')
  const last = folders.pop() ?? ''
  if (!partialSegment.test(last) || !folders.every((part) => segment.test(part))) {
    throw new TypeError(`not a prefix of keys: ${JSON.stringify(prefix)}`)
  }
}

/** Stores change anything but printable ASCII, so it is refused for all of them. */
export function requireMetadata(metadata: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(metadata)) {
    if (!metadataName.test(name) || !printableAscii.test(value)) {
      throw new TypeError(`metadata is lower-case names and printable ASCII, not ${JSON.stringify({ [name]: value })}`)
    }
  }
}
