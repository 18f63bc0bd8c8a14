import type { EventLog } from '../../schemas/ports/log.ts'
import { collect } from './follow-log.ts'
import { recount } from '../oracle/recount.ts'
import type { LoggedRecord } from '../oracle/recount.ts'
import type { Tables } from '../oracle/rows.ts'
import type { After } from './ask.ts'

const topic = 'rsvp'

/** Returns every record that the log holds now, the positions that cover them, and their recount. */
export async function readLog(
  log: EventLog,
): Promise<{ readonly records: readonly LoggedRecord[]; readonly after: After; readonly recounted: Tables }> {
  const bounds = await log.bounds(topic)
  const until = new Map([...bounds].map(([partition, { nextOffset }]) => [partition, nextOffset]))
  const slices = await collect(log, topic, { from: new Map(), until })
  const records = slices
    .flatMap(({ partition, records: held }) => held.map((record) => ({ ...record, partition })))
    .filter(({ partition, offset }) => offset < (until.get(partition) ?? 0n))
  const after = Object.fromEntries([...until].map(([partition, offset]) => [`${topic}/${partition}`, String(offset)]))
  return { records, after, recounted: recount(records) }
}
