import { shownTime } from './activity-answers.ts'
import type { AnswerRow } from './activity-answers.ts'
import type { Row, Tables, Value } from '../rows.ts'

export type QualityAsked = {
  readonly streamTime: number | null
  readonly window: number | null
  readonly lateAfter: number
  /** Of the merged view: they say where the window begins, under every view. */
  readonly allArrivals: readonly Row[]
}

type Arrival = {
  readonly id: number
  readonly mtime: number
  readonly receivedAt: number
  readonly place: readonly [number, number, number]
  readonly response: string
  readonly content: string
}

type Kind = 'first' | 'echo' | 'change' | 'confirmation' | 'outdated'

export function streamQuality(tables: Pick<Tables, 'arrival' | 'rsvp' | 'rejected'>, asked: QualityAsked): AnswerRow {
  const isAsked = windowFilter(asked)
  const judged = judgedArrivals(tables.arrival).filter(({ arrival }) => isAsked(arrival.place))
  const arrivals = judged.map(({ arrival }) => arrival)
  const late = lateArrivals(arrivals).filter(({ latenessMs }) => latenessMs > asked.lateAfter)
  const worst = late.reduce<(typeof late)[number] | null>(
    (held, next) => (held === null || next.latenessMs > held.latenessMs ? next : held),
    null,
  )
  const ids = new Set(arrivals.map(({ id }) => id))
  const ofKind = (kind: Kind) => judged.filter((one) => one.kind === kind).length
  const repeats = judged.length - ofKind('first')
  return {
    events: judged.length,
    rsvps: ids.size,
    repeats,
    repeat_share: judged.length === 0 ? null : repeats / judged.length,
    echoes: ofKind('echo'),
    changes: ofKind('change'),
    confirmations: ofKind('confirmation'),
    outdated: ofKind('outdated'),
    late: late.length,
    worst_lateness_ms: worst?.latenessMs ?? null,
    worst_late_rsvp_id: worst?.arrival.id ?? null,
    rejected: tables.rejected.filter((row) => isAsked(placeOf(row))).length,
    yes: tables.rsvp.filter(
      (row) => row['response'] === 'yes' && (asked.window === null || ids.has(Number(row['rsvp_id']))),
    ).length,
    naive_yes: arrivals.filter(({ response }) => response === 'yes').length,
  }
}

export function rejectedReasons(
  rejected: readonly Row[],
  asked: Omit<QualityAsked, 'lateAfter'>,
): readonly AnswerRow[] {
  const isAsked = windowFilter(asked)
  const inWindow = rejected.filter((row) => isAsked(placeOf(row)))
  const reasons = [...new Set(inWindow.map(reasonOf))]
  return reasons
    .map((reason) => {
      const rows = inWindow.filter((row) => reasonOf(row) === reason)
      const newest = rows.reduce((a, b) => (isBefore(placeOf(a), placeOf(b)) ? b : a))
      return { reason, events: rows.length, newestMs: Number(newest['received_at']), ...sampleOf(newest['value']) }
    })
    .toSorted((a, b) => b.events - a.events || b.newestMs - a.newestMs || (a.reason < b.reason ? -1 : 1))
    .map(({ reason, events, newestMs, ...sample }) => ({
      reason,
      events,
      newest: shownTime(new Date(newestMs).toISOString()),
      ...sample,
    }))
}

/** The recount writes no sentences: its rows are of one reason. */
function reasonOf(row: Row): string {
  return String(row['reason'] ?? '')
}

/** Of a value that is valid UTF-8, in hexadecimal. */
function sampleOf(value: Value | undefined): { readonly sample: string | null; readonly sample_bytes: number | null } {
  if (typeof value !== 'string') return { sample: null, sample_bytes: null }
  const bytes = Buffer.from(value, 'hex')
  return { sample: Array.from(bytes.toString()).slice(0, 200).join(''), sample_bytes: bytes.length }
}

/** True for places in the log from the first arrival on that brought stream time into the window. */
function windowFilter({
  streamTime,
  window,
  allArrivals,
}: Omit<QualityAsked, 'lateAfter'>): (place: Arrival['place']) => boolean {
  if (window === null || streamTime === null) return () => true
  const first = inOrder(allArrivals).find(({ mtime, receivedAt }) => Math.min(mtime, receivedAt) > streamTime - window)
  return (place) => first !== undefined && !isBefore(place, first.place)
}

function placeOf(row: Row): Arrival['place'] {
  return [Number(row['received_at']), Number(row['log_partition']), Number(row['log_offset'])]
}

function judgedArrivals(rows: readonly Row[]): readonly { readonly arrival: Arrival; readonly kind: Kind }[] {
  const arrived = new Map<number, Arrival[]>()
  return inOrder(rows).map((arrival) => {
    const earlier = arrived.get(arrival.id) ?? []
    arrived.set(arrival.id, [...earlier, arrival])
    return { arrival, kind: kindOf(arrival, earlier) }
  })
}

function kindOf(arrival: Arrival, earlier: readonly Arrival[]): Kind {
  const says = (one: Arrival) => one.content === arrival.content
  if (earlier.length === 0) return 'first'
  if (earlier.some((one) => says(one) && Math.abs(one.mtime - arrival.mtime) < 1000)) return 'echo'
  const newest = earlier.reduce((a, b) => (isNewer(b, a) ? b : a))
  if (isNewer(newest, arrival)) return 'outdated'
  return says(newest) ? 'confirmation' : 'change'
}

function isNewer(a: Arrival, b: Arrival): boolean {
  if (a.mtime !== b.mtime) return a.mtime > b.mtime
  return isBefore([0, b.place[1], b.place[2]], [0, a.place[1], a.place[2]])
}

function lateArrivals(arrivals: readonly Arrival[]) {
  let streamTime = Number.NEGATIVE_INFINITY
  return arrivals.map((arrival) => {
    const latenessMs = streamTime - arrival.mtime
    streamTime = Math.max(streamTime, Math.min(arrival.mtime, arrival.receivedAt))
    return { arrival, latenessMs }
  })
}

function inOrder(rows: readonly Row[]): readonly Arrival[] {
  return rows
    .map((row) => ({
      id: Number(row['rsvp_id']),
      mtime: Number(row['mtime']),
      receivedAt: Number(row['received_at']),
      place: placeOf(row),
      response: String(row['response']),
      content: `${row['response']} ${row['guests']}`,
    }))
    .toSorted((a, b) => (isBefore(a.place, b.place) ? -1 : 1))
}

function isBefore(a: Arrival['place'], b: Arrival['place']): boolean {
  const at = a.findIndex((part, n) => part !== b[n])
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0)
}
