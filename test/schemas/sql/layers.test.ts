import { afterAll, beforeAll, expect, it } from 'vitest'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { RunningSystem } from '../../support/running-system.ts'
import { recordedLines } from '../../oracle/recording.ts'
import { recount } from '../../oracle/recount.ts'
import type { Row } from '../../oracle/rows.ts'

const cut = 770
let running: RunningSystem
beforeAll(async () => {
  running = await RunningSystem.open(rsvp, 1)
  await running.append(recordedLines().slice(0, cut))
  await running.archive()
  await running.run()
  await running.append(recordedLines().slice(cut))
  await running.startReplica()
  await running.catchUp()
})
afterAll(() => running.close())

it('says how the layers make each count, and what adding would have made of it', async () => {
  const logged = await running.logged()
  const [batch, merged] = [recount(logged.filter(({ offset }) => offset < cut)).rsvp, recount(logged).rsvp]
  const late = recount(logged.filter(({ offset }) => offset >= cut)).rsvp
  // What the speed view holds: newer than the generation's row of its key.
  const speed = merged.filter(
    (row) => late.some((each) => sameRow(each, row)) && !batch.some((each) => sameRow(each, row)),
  )
  const overridden = batch.filter((row) => speed.some((each) => each['rsvp_id'] === row['rsvp_id']))

  const [yes, answers] = await running.read((session) => session.rows(rsvp.queries['layers']?.sql ?? ''))
  const counted = (is: (row: Row) => boolean) => ({
    batch: BigInt(batch.filter(is).length),
    overridden: BigInt(overridden.filter(is).length),
    merged: BigInt(merged.filter(is).length),
  })
  expect(yes).toMatchObject({ count: 'yes', ...counted((row) => row['response'] === 'yes'), naive: 1127n })
  expect(yes?.['merged']).toBe(864n)
  expect(answers).toMatchObject({ count: 'answers', ...counted(() => true) })
  expect(overridden.length).toBeGreaterThan(0)
})

function sameRow(a: Row, b: Row): boolean {
  return a['rsvp_id'] === b['rsvp_id'] && a['mtime'] === b['mtime']
}
