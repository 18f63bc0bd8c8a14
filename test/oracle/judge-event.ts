import { Rsvp } from '../../schemas/rsvp/contract.ts'

const dayMs = 86_400_000
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Put before the names of entries, because zod passes over an entry called `__proto__`. */
const entryPrefix = '@'

export type JudgedEvent = {
  readonly event: Rsvp
  readonly services: readonly { readonly service: string; readonly identifier: string | null }[]
}

/**
 * The accepted event, or null where it is rejected. Written from the contract alone, so that the derived SQL has a second
 * opinion; it holds for all that `JSON.stringify` can produce. `timestampMs` is when the log received it.
 */
export function judgeEvent(value: Uint8Array | null, timestampMs: number): JudgedEvent | null {
  const parsed = parseLine(value)
  if (parsed === null) return null
  const judged = Rsvp.safeParse(withPrefixedServices(parsed.json))
  // Every text of the contract has a column, and none can hold half a character.
  if (!judged.success || hasLoneSurrogate(judged.data) || judged.data.mtime > timestampMs + dayMs) return null
  const services = Object.entries(judged.data.member.other_services ?? {})
  return {
    event: judged.data,
    services: services.map(([name, { identifier }]) => ({
      service: name.slice(entryPrefix.length),
      identifier: identifier ?? null,
    })),
  }
}

/** The JSON of a line, or null where it is none. */
export function parseLine(value: Uint8Array | null): { readonly json: unknown } | null {
  if (value === null) return null
  try {
    return { json: JSON.parse(utf8.decode(value)) }
  } catch {
    return null
  }
}

/** In any text or name of a field. */
export function hasLoneSurrogate(json: unknown): boolean {
  if (typeof json === 'string') return /\p{Surrogate}/u.test(json)
  return isObject(json) && Object.entries(json).flat().some(hasLoneSurrogate)
}

function withPrefixedServices(json: unknown): unknown {
  if (!isObject(json) || !isObject(json['member'])) return json
  const { member } = json
  const services = member['other_services']
  if (!isObject(services) || Array.isArray(services)) return json
  const prefixed = Object.entries(services).map(([name, entry]) => [`${entryPrefix}${name}`, entry])
  return { ...json, member: { ...member, other_services: Object.fromEntries(prefixed) } }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
