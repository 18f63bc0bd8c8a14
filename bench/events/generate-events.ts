import { seededRandom } from '../../schemas/sensor/random.ts'
import { randomInt } from './random.ts'
import type { Random } from './random.ts'
import { createWorld } from './event-world.ts'
import type { World } from './event-world.ts'

/** The shares of the bundled recording. All other events are new answers. */
const repeatedShare = 0.14
const changedShare = 0.03
const lateShare = 0.01

const firstMtimeMs = Date.UTC(2017, 2, 19, 12, 11)
const msBetweenEvents = 700
const latenessMsMax = 40 * 86_400_000

/** How many answers are kept, to be repeated or changed. */
const rememberedMax = 4096

type Answer = {
  readonly id: number
  readonly mtime: number
  readonly response: 'yes' | 'no'
  readonly guests: number
  readonly visitor: number
  readonly meeting: number
}

/**
 * Makes events like those of the bundled recording: 1.4 kB, a dozen topics per group, some groups and members more
 * often than others, some answers sent twice with a rounded time, some changed, some late. The same options give the
 * same bytes. Times go on from the recording's first one, so none is ahead of the log's clock.
 */
export function* generateEvents({
  count,
  seed,
}: {
  readonly count: number
  readonly seed: number
}): Iterable<Uint8Array> {
  const random = seededRandom(seed)
  const world = createWorld(random, count)
  const remembered: Answer[] = []
  for (let n = 0; n < count; n += 1) {
    const answer = nextAnswer({ n, random, world, remembered })
    if (remembered.length < rememberedMax) remembered.push(answer)
    else remembered[n % rememberedMax] = answer
    yield bytesOf(answer, world)
  }
}

type Next = {
  readonly n: number
  readonly random: Random
  readonly world: World
  readonly remembered: readonly Answer[]
}

function nextAnswer({ n, random, world, remembered }: Next): Answer {
  const now = firstMtimeMs + n * msBetweenEvents + randomInt(random, msBetweenEvents)
  const kind = random()
  const earlier = kind < repeatedShare + changedShare ? remembered[randomInt(random, remembered.length)] : undefined
  if (earlier === undefined) return newAnswer({ n, random, world }, now)
  if (kind < repeatedShare) return { ...earlier, mtime: Math.round(earlier.mtime / 1000) * 1000 }
  return { ...earlier, mtime: now, response: earlier.response === 'yes' ? 'no' : 'yes' }
}

function newAnswer({ n, random, world }: Omit<Next, 'remembered'>, now: number): Answer {
  return {
    id: 1_000_000_000 + n,
    mtime: random() < lateShare ? now - randomInt(random, latenessMsMax) : now,
    response: random() < 0.73 ? 'yes' : 'no',
    guests: random() < 0.06 ? 1 + randomInt(random, 4) : 0,
    visitor: unevenly(random, world.memberCount),
    meeting: unevenly(random, world.meetingCount),
  }
}

/** Returns an integer in [0, end), low ones more often. */
function unevenly(random: Random, end: number): number {
  return Math.floor(end * random() ** 2)
}

const [groupName, closing] = [Buffer.from(',"group":'), Buffer.from('}')]

function bytesOf({ id, mtime, response, guests, visitor, meeting }: Answer, world: World): Uint8Array {
  const rest = `{${world.venueOf(meeting)}"visibility":"public","response":"${response}","guests":${guests},"member":${world.memberOf(visitor)},"rsvp_id":${id},"mtime":${mtime},"event":${world.meetingOf(meeting)}`
  return Buffer.concat([Buffer.from(rest), groupName, world.groupOf(meeting), closing])
}
