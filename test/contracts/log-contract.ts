import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import type { EventLog } from '../../schemas/ports/log.ts'
import { describeAppending } from './log-append-contract.ts'
import { describeFollowing } from './log-follow-contract.ts'
import { describeCommitting } from './log-source-contract.ts'

export type LogUnderTest = {
  readonly log: EventLog
  /** The same log, opened once more, as another process would. */
  openAgain(): Promise<EventLog>
  /** Whether `trim` deletes, or leaves it to a retention of the log's own. */
  readonly isTrimmed: boolean
  close(): Promise<void>
}

/** Gives each test an empty topic of its own. */
export type LogSetUp = () => Promise<{ under: LogUnderTest; log: EventLog; topic: string; partitionCount: number }>

/** What every adapter of the log port keeps. */
export function describeLog(name: string, open: (options: { partitionCount: number }) => Promise<LogUnderTest>): void {
  describe.each([1, 4])(`${name}, %i partition(s)`, (partitionCount) => {
    let under: LogUnderTest

    beforeAll(async () => {
      under = await open({ partitionCount })
    })
    afterAll(() => under.close())

    const setUp: LogSetUp = async () => {
      const topic = `contract-${randomUUID()}`
      await under.log.ensureTopic(topic)
      return { under, log: under.log, topic, partitionCount }
    }
    describeAppending(setUp)
    describeFollowing(setUp)
    describeCommitting(setUp)
  })
}
