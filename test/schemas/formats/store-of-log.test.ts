import { describe, expect, it } from 'vitest'
import {
  foreignLog,
  refuseMismatch,
  requireOneLog,
  requireReach,
  shortLog,
} from '../../../schemas/formats/store-of-log.ts'

const place = {
  topic: 'rsvp',
  store: { description: 'folder ./store' },
  log: { description: 'log at ./log' },
  logIdentity: 'new',
}

describe('a store and a log', () => {
  it('belong together where every record was taken from this log', () => {
    expect(foreignLog(place, { logIdentity: 'new', partition: 0 })).toBeNull()
  })

  it('do not where a record was taken from another log, which is said with what to do', () => {
    expect(foreignLog(place, { logIdentity: 'old' })).toEqual({
      code: 'LOG_FOREIGN',
      subject: 'rsvp',
      reason:
        'in folder ./store is of another log (old); log at ./log is new: use the store that belongs to this log, or an empty one',
    })
    expect(foreignLog(place, { logIdentity: 'old', partition: 3 })?.subject).toBe('rsvp/3')
  })

  it('belong together where the log reaches exactly as far as the store, and not where it ends one offset before', () => {
    expect(shortLog(place, { partition: 0, archived: 8n, logEnd: 8n })).toBeNull()
    expect(shortLog(place, { partition: 0, archived: 8n, logEnd: 7n })).toEqual({
      code: 'LOG_RECREATED',
      subject: 'rsvp/0',
      reason:
        'is archived up to 8 in folder ./store, but log at ./log ends at 7: the log was deleted or made again. Use an empty store for the new log, or restore the old log',
    })
  })

  it('do not where the log has no such partition, even where nothing of it is archived yet', () => {
    expect(shortLog(place, { partition: 2, archived: 0n, logEnd: undefined })?.reason).toMatch(/has no such partition:/)
  })
})

describe('refusing', () => {
  it('throws the mismatch as a sentence with its code, and nothing where there is none', () => {
    refuseMismatch(null)
    const mismatch = foreignLog(place, { logIdentity: 'old', partition: 0 })
    expect(() => refuseMismatch(mismatch)).toThrow(
      expect.objectContaining({
        code: 'LOG_FOREIGN',
        message: expect.stringMatching(/^rsvp\/0 in folder .* is of another/),
      }),
    )
  })

  it('looks at every partition that is archived', () => {
    const archived = new Map([
      [0, 5n],
      [1, 5n],
    ])
    requireReach(place, { archived, logEnds: new Map([...archived, [2, 1n]]) })
    expect(() => requireReach(place, { archived, logEnds: new Map([[0, 5n]]) })).toThrow(/^rsvp\/1 .*no such partition/)
  })

  it('finds a store whose parts were taken from several logs', () => {
    requireOneLog(place, [])
    requireOneLog(place, [{ logIdentity: 'a' }, { logIdentity: 'a' }])
    expect(() => requireOneLog(place, [{ logIdentity: 'a' }, { logIdentity: 'b' }])).toThrow(
      expect.objectContaining({ code: 'LOG_FOREIGN', message: expect.stringMatching(/several logs \(a, b\)/) }),
    )
  })
})
