import { expect } from 'vitest'
import { readTablesOf } from '../oracle/read-tables.ts'
import { recordedRecords } from '../oracle/recording.ts'
import type { RecordedVariant } from '../oracle/recording.ts'
import { recountBy } from '../oracle/recount.ts'
import type { Sent } from '../oracle/recount.ts'
import type { RunningSystem } from '../support/running-system.ts'
import type { Subject } from './subjects/subject.ts'

export async function expectExact(running: RunningSystem, subject: Subject): Promise<void> {
  const { dataset, tables, createRecount } = subject
  await running.catchUp()
  const held = await running.read((session) => readTablesOf(session, dataset.name, tables))
  expect(held).toEqual(recountBy(createRecount, await running.logged()))
}

type Lived = { readonly subject: Subject; readonly variant: RecordedVariant }

/** At each cut: what came since the last generation is speed; then a run takes it, and a hand-over shows it while more arrives. */
export async function liveThrough(running: RunningSystem, { subject, variant }: Lived, step: number): Promise<void> {
  const lines = linesOf(subject, variant)
  let appended = 0
  const appendTo = async (end: number) => {
    await running.append(lines.slice(appended, end))
    appended = end
  }
  await running.startReplica()
  for (let cut = step; cut < lines.length; cut += step) {
    await appendTo(cut)
    await expectExact(running, subject)
    await running.archive()
    await running.run()
    await appendTo(cut + step / 2)
    await running.handOver()
    await expectExact(running, subject)
  }
  await appendTo(lines.length)
  await expectExact(running, subject)
}

/** A generation of [0, cut), all else speed; then a hand-over at a later cut. */
export async function cutOnce(running: RunningSystem, { subject, variant }: Lived, cut: number): Promise<void> {
  const lines = linesOf(subject, variant)
  await running.append(lines.slice(0, cut))
  await running.archive()
  await running.run()
  const later = Math.min(lines.length, cut + 300)
  await running.append(lines.slice(cut, later))
  await running.archive()
  await running.startReplica()
  await running.append(lines.slice(later))
  await expectExact(running, subject)
  await running.run()
  await running.handOver()
  await expectExact(running, subject)
}

export function linesOf({ recording }: Subject, variant: RecordedVariant): readonly Sent[] {
  return recordedRecords(variant, recording).map(({ key = null, value }) => value ?? { key })
}
