import { pino } from 'pino'
import { expect, it } from 'vitest'
import { EndangeredLog } from '../../../cli/roles/endangered-log.ts'

it('says once when a partition comes into danger, and once when it is out of it', () => {
  const lines: string[] = []
  const log = new EndangeredLog(
    pino({ base: null, timestamp: false }, { write: (line) => void lines.push(line) }),
    'rsvp',
  )
  const stands = (endangered: bigint) => new Map([[0, { archived: 30n, endangered }]])
  for (const endangered of [0n, 20n, 25n, 0n, 0n, 3n]) log.note(stands(endangered))
  expect(lines.map((line) => line.replace(/.*"msg":"(rsvp\/0: \S+ \S+).*/s, '$1'))).toEqual([
    'rsvp/0: 20 offsets',
    'rsvp/0: the offsets',
    'rsvp/0: 3 offsets',
  ])
})
