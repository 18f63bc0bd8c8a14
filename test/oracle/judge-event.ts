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
  if (!judged.success || judged.data.mtime > timestampMs + dayMs) return null
  const services = Object.entries(judged.data.member.other_services ?? {})
  return {
    event: judged.data,
    services: services.map(([name, { identifier }]) => ({
      service: name.slice(entryPrefix.length),
      identifier: identifier ?? null,
    })),
  }
}

/** The JSON of a line, or null where it is none that can be stored. */
export function parseLine(value: Uint8Array | null): { readonly json: unknown } | null {
  const parsed = parseJson(value)
  return parsed === undefined || hasLoneSurrogate(parsed) ? null : parsed
}

type Parsed = { readonly text: string; readonly json: unknown }

function parseJson(value: Uint8Array | null): Parsed | undefined {
  if (value === null) return undefined
  try {
    const text = utf8.decode(value)
    return { text, json: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** In any text or field name of the event, unknown fields included. */
function hasLoneSurrogate({ text, json }: Parsed): boolean {
  // Valid UTF-8 holds no surrogate: only an escape makes one.
  if (!/\\u[dD][89a-fA-F]/.test(text)) return false
  // A loop, because an event may nest deeper than the stack.
  const pending: unknown[] = [json]
  while (pending.length > 0) {
    const next = pending.pop()
    if (typeof next === 'string' && /\p{Surrogate}/u.test(next)) return true
    if (isObject(next)) pending.push(...(Array.isArray(next) ? [] : Object.keys(next)), ...Object.values(next))
  }
  return false
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
