import type { Manifest } from '../../schemas/formats/manifest.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { brokenRecord, rsvpRecord, rsvpRecords } from '../support/make-rsvp.ts'
import type { Row, Workbench } from '../support/workbench.ts'

/** Events that change, repeat, come late, tie, empty their sets and break the contract. */
export const story = [
  [
    rsvpRecord({ id: 1, mtime: 1000, memberId: 7, topics: ['a', 'b'] }),
    rsvpRecord({ id: 2, mtime: 1001, groupId: 2, topics: ['b', 'b', 'c'] }),
  ],
  [
    rsvpRecord({ id: 1, mtime: 3000, memberId: 7, memberName: 'Renamed', response: 'no', topics: [] }),
    brokenRecord('{"rsvp_id": 1'),
    brokenRecord('[]'),
  ],
  [
    rsvpRecord({ id: 1, mtime: 2000, memberId: 7, memberName: 'Late', topics: ['late'] }),
    rsvpRecord({ id: 2, mtime: 1001, groupId: 2, guests: 4, topics: ['d'] }),
  ],
  [rsvpRecord({ id: 1, mtime: 3000, memberId: 7, memberName: 'Tie', topics: ['e'] }), ...rsvpRecords(10, 30)],
]

/** Appends a chapter and archives it, as a chunk of its own. */
export async function tell(bench: Workbench, chapter: number): Promise<void> {
  await bench.log.append('rsvp', story[chapter] ?? [])
  await bench.archive()
}

/** All rows of a generation, versions included. */
export async function tables(bench: Workbench, manifest: Manifest): Promise<Record<string, readonly Row[]>> {
  const all: Record<string, readonly Row[]> = {}
  for (const name of Object.keys(rsvp.tables)) all[name] = await bench.rows(manifest, name)
  return all
}

export function manifestKeys({ store }: Workbench): readonly string[] {
  return store.keys().filter((key) => key.startsWith('manifests/'))
}

/** The bytes of all files of a generation. */
export async function bytesOf({ store }: Workbench, { tables: files }: Manifest): Promise<readonly string[]> {
  const keys = Object.values(files).flatMap((list) => list.map(({ key }) => key))
  const bodies = await Promise.all(keys.map((key) => store.read(key)))
  return bodies.map((body) => Buffer.from(body ?? []).toString('base64'))
}
