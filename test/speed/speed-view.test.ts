import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noRanges } from '../../schemas/formats/offset-ranges.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { SpeedView } from '../../speed/speed-view.ts'
import { changedSession } from '../support/changed-session.ts'
import { collectAll } from '../support/follow-log.ts'
import { rsvpRecords } from '../support/make-rsvp.ts'
import { rejectionOf } from '../support/rejection-of.ts'
import { Workbench } from '../support/workbench.ts'

describe('a speed view that stands on a generation', () => {
  let bench: Workbench
  let view: SpeedView
  let isCommitFailing: boolean

  beforeEach(async () => {
    bench = await Workbench.open({ partitionCount: 2 })
    isCommitFailing = false
    view = new SpeedView(rsvp, failingAtCommit(bench.session))
    await view.open()
    await bench.log.append('rsvp', rsvpRecords(1, 10))
    await view.apply(await collectAll(bench.log, 'rsvp'))
    await handOver(3, tidemark(2n, 2n))
  })
  afterEach(async () => {
    await bench.close()
  })

  const tidemark = (first: bigint, second: bigint): Positions =>
    new Map([
      [0, first],
      [1, second],
    ])

  async function handOver(generation: number, covered: Positions): Promise<void> {
    await view.handOver({ generation, tidemark: covered, lost: noRanges, streamTime: null, viewStatements: [] })
  }

  function failingAtCommit(session: Session): Session {
    return changedSession(session, {
      transaction: (work) =>
        session.transaction(async () => {
          const result = await work()
          if (isCommitFailing) throw new Error('the commit failed')
          return result
        }),
    })
  }

  /** Where it stands, and what it holds. */
  async function held(): Promise<unknown> {
    const rows = await bench.session.rows(
      'SELECT log_partition, log_offset FROM _rsvp_speed.arrival ORDER BY log_partition, log_offset',
    )
    return [view.state(), rows]
  }

  it.each([
    { what: 'an older generation', generation: 2, covered: tidemark(4n, 4n) },
    { what: 'the same generation again', generation: 3, covered: tidemark(4n, 4n) },
    { what: 'a later generation that covers less of a partition', generation: 4, covered: tidemark(4n, 1n) },
    { what: 'a later generation that covers nothing of a partition', generation: 4, covered: new Map([[0, 4n]]) },
  ])('refuses $what, and stays as it is', async ({ generation, covered }) => {
    const before = await held()
    expect(await rejectionOf(handOver(generation, covered))).toMatchObject({ code: 'MANIFEST_CORRUPT' })
    expect(await held()).toEqual(before)
    await handOver(4, tidemark(4n, 4n))
    expect(view.state().generation).toBe(4)
  })

  it('takes nothing of a step whose commit fails, and all of it when it is repeated', async () => {
    const before = await held()
    await bench.log.append('rsvp', rsvpRecords(11, 10))
    const slices = await collectAll(bench.log, 'rsvp')
    isCommitFailing = true
    expect(await rejectionOf(view.apply(slices))).toMatchObject({ message: 'the commit failed' })
    expect(await held()).toEqual(before)
    isCommitFailing = false
    await view.apply(slices)
    const counted = await bench.session.rows('SELECT count(*) AS n FROM _rsvp_speed.arrival')
    expect(counted).toEqual([{ n: 16n }])
  })

  it('takes a later generation that covers as much', async () => {
    await handOver(4, tidemark(2n, 2n))
    expect(view.state()).toMatchObject({ generation: 4, tidemark: tidemark(2n, 2n) })
  })
})
