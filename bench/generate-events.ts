import { randomInt, seededRandom } from './seeded-random.ts'
import type { Random } from './seeded-random.ts'

const startMs = Date.UTC(2017, 2, 19, 12)
/** The stream's pace at its busiest hour. */
const eventEveryMs = 700
const [echoShare, changeShare, lateShare] = [0.14, 0.03, 0.02]
const [venueMissing, stateMissing, photoMissing] = [0.2, 0.56, 0.05]
const lateMsMax = 40 * 24 * 60 * 60 * 1000
const [groupCount, topicCount, cityCount] = [20_000, 5_000, 800]
/** Answers that an echo or a change may still refer to. */
const recentMax = 2_000

type Answer = { readonly id: number; readonly mtime: number; readonly response: 'yes' | 'no'; readonly json: string }

/**
 * RSVPs as the recording has them, made from a seed: the same sizes, shares of echoes (the same answer, its mtime rounded
 * to the second), changed answers, late ones and missing fields; few groups that are busy and many that are not.
 */
export function* generateEvents({ count, seed }: { readonly count: number; readonly seed: number }): Generator<Uint8Array> {
  const random = seededRandom(seed)
  const groups = new Map<number, string>()
  const recent: Answer[] = []
  for (let n = 0; n < count; n += 1) {
    const answer = nextAnswer({ random, groups, recent, n, seed })
    recent[n % recentMax] = answer
    yield Buffer.from(answer.json)
  }
}

type Stream = { readonly random: Random; readonly groups: Map<number, string>; readonly recent: readonly Answer[]; readonly n: number; readonly seed: number }

function nextAnswer(stream: Stream): Answer {
  const { random, recent } = stream
  const kind = random()
  const earlier = recent[randomInt(random, Math.max(1, recent.length))]
  if (earlier !== undefined && kind < echoShare) return restated(earlier, { mtime: Math.round(earlier.mtime / 1000) * 1000, response: earlier.response })
  if (earlier !== undefined && kind < echoShare + changeShare) {
    return restated(earlier, { mtime: startMs + stream.n * eventEveryMs, response: earlier.response === 'yes' ? 'no' : 'yes' })
  }
  return newAnswer(stream)
}

function restated(earlier: Answer, { mtime, response }: Pick<Answer, 'mtime' | 'response'>): Answer {
  const json = earlier.json.replace(`"response":"${earlier.response}"`, `"response":"${response}"`).replace(`"mtime":${earlier.mtime},`, `"mtime":${mtime},`)
  return { ...earlier, mtime, response, json }
}

function newAnswer({ random, groups, n, seed }: Stream): Answer {
  const id = seed * 1_000_000_000 + n + 1
  const mtime = startMs + n * eventEveryMs - (random() < lateShare ? randomInt(random, lateMsMax) : 0)
  const response = random() < 0.7 ? 'yes' : 'no'
  const groupId = 1 + Math.floor(groupCount * random() ** 3)
  const group = groups.get(groupId) ?? newGroup(random, groupId)
  groups.set(groupId, group)
  const memberId = 1 + Math.floor(500_000 * random() ** 2)
  const eventId = groupId * 10 + randomInt(random, 5)
  const parts = [
    ...(random() < venueMissing ? [] : [`"venue":{"venue_name":"Hall ${eventId} at the Corner","lon":${coordinate(random, 180)},"lat":${coordinate(random, 90)},"venue_id":${eventId}}`]),
    `"visibility":"public","response":"${response}","guests":${random() < 0.9 ? 0 : 1 + randomInt(random, 3)}`,
    `"member":{"member_id":${memberId},${random() < photoMissing ? '' : `"photo":"https://photos.example.org/member/${memberId}/thumb.jpeg",`}"member_name":"Member ${memberId} Zoë"}`,
    `"rsvp_id":${id},"mtime":${mtime},"event":{"event_name":"Gathering ${eventId} of people who like to meet","event_id":"${eventId}","time":${startMs + eventId * 60_000},"event_url":"https://www.meetup.com/group-${groupId}/events/${eventId}/"}`,
    `"group":${group}`,
  ]
  return { id, mtime, response, json: `{${parts.join(',')}}` }
}

function newGroup(random: Random, groupId: number): string {
  const topics = Array.from({ length: 4 + randomInt(random, 15) }, () => {
    const topic = Math.floor(topicCount * random() ** 2)
    return `{"urlkey":"topic-${topic}-of-many","topic_name":"Topic ${topic} of many"}`
  })
  const city = Math.floor(cityCount * random() ** 2)
  const state = random() < stateMissing ? '' : `"group_state":"S${city % 50}",`
  return `{"group_topics":[${topics.join(',')}],"group_city":"City ${city}","group_country":"c${city % 10}",${state}"group_id":${groupId},"group_name":"The Group Number ${groupId}","group_lon":${coordinate(random, 180)},"group_urlname":"group-${groupId}","group_lat":${coordinate(random, 90)}}`
}

function coordinate(random: Random, limit: number): string {
  return ((random() * 2 - 1) * limit).toFixed(2)
}
