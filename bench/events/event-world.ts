import { randomInt } from './random.ts'
import type { Random } from './random.ts'

/** Members, groups, venues and meetings, as the pieces of JSON that events consist of. */
export type World = {
  readonly memberCount: number
  readonly meetingCount: number
  memberOf(member: number): string
  meetingOf(meeting: number): string
  /** The longest piece, so it is kept encoded. */
  groupOf(meeting: number): Uint8Array
  /** The field `venue` with a comma after it; empty for one meeting in five, which has no venue. */
  venueOf(meeting: number): string
}

const meetingsPerGroup = 2
const topicCount = 5000
const topicsPerGroup = { min: 6, max: 17 } as const

const cities = [
  ['New York', 'us', 'NY', 40.75, -73.99],
  ['San Francisco', 'us', 'CA', 37.77, -122.41],
  ['Chicago', 'us', 'IL', 41.88, -87.62],
  ['London', 'gb', '17', 51.52, -0.1],
  ['Toronto', 'ca', 'ON', 43.66, -79.38],
  ['Bangalore', 'in', null, 12.97, 77.56],
  ['Berlin', 'de', null, 52.52, 13.38],
  ['東京', 'jp', null, 35.67, 139.77],
  ['São Paulo', 'br', null, -23.53, -46.63],
  ['Taipei', 'tw', null, 25.02, 121.45],
] as const

const subjects = [
  'Hiking',
  'Wine',
  'Machine Learning',
  'Board Games',
  'ヨガ',
  'Español',
  'Running 🏃',
  'Photography',
] as const

/** `eventCount` decides how many members, groups and meetings there are: a longer run has more. */
export function createWorld(random: Random, eventCount: number): World {
  const memberCount = Math.max(20, Math.ceil(eventCount / 2))
  const groupCount = Math.max(10, Math.min(20_000, Math.ceil(eventCount / 8)))
  const groups = Array.from({ length: groupCount }, (_, group) => Buffer.from(groupText(random, group)))
  return {
    memberCount,
    meetingCount: groupCount * meetingsPerGroup,
    memberOf: memberText,
    meetingOf: meetingText,
    groupOf: (meeting) => groups[groupOf(meeting)] ?? new Uint8Array(),
    venueOf: venueText,
  }
}

function groupOf(meeting: number): number {
  return Math.floor(meeting / meetingsPerGroup)
}

function memberText(member: number): string {
  const id = 7_000_000 + member * 13
  const photo = member % 20 === 0 ? '' : `"photo":"https://photos.example.org/member/${id}/thumb.jpeg",`
  const services = member % 10 === 0 ? `"other_services":{"facebook":{"identifier":"member${id}"}},` : ''
  return `{${services}"member_id":${id},${photo}"member_name":"Member ${member}"}`
}

function meetingText(meeting: number): string {
  const id = meeting % 3 === 0 ? `jkpwmlyw${meeting.toString(36)}` : `${230_000_000 + meeting}`
  const time = 1_490_000_000_000 + (meeting % 1000) * 900_000
  const subject = subjects[meeting % subjects.length] ?? ''
  return `{"event_name":"${subject} for beginners and everybody else, number ${meeting}","event_id":"${id}","time":${time},"event_url":"https://www.meetup.com/group-${groupOf(meeting)}/events/${id}/"}`
}

function venueText(meeting: number): string {
  if (meeting % 5 === 0) return ''
  const venue = Math.floor(meeting / 3)
  const isNowhere = venue % 4 === 0
  const [lon, lat] = isNowhere ? [0, 0] : [(venue % 3600) / 10 - 180, (venue % 1600) / 10 - 80]
  return `"venue":{"venue_name":"Venue ${venue}","lon":${lon},"lat":${lat},"venue_id":${20_000_000 + venue}},`
}

function groupText(random: Random, group: number): string {
  const [city, country, state, lat, lon] = cities[randomInt(random, cities.length)] ?? cities[0]
  const count = topicsPerGroup.min + randomInt(random, topicsPerGroup.max - topicsPerGroup.min + 1)
  const topics = new Set(Array.from({ length: count }, () => Math.floor(topicCount * random() ** 2)))
  const topicTexts = [...topics].map((topic) => `{"urlkey":"${topicKey(topic)}","topic_name":"Of interest ${topic}"}`)
  const stateText = state === null ? '' : `"group_state":"${state}",`
  return `{"group_topics":[${topicTexts.join(',')}],"group_city":"${city}","group_country":"${country}","group_id":${1_000_000 + group * 7},"group_name":"${subjects[group % subjects.length] ?? ''} Group ${group}","group_lon":${lon},"group_urlname":"group-${group}",${stateText}"group_lat":${lat}}`
}

function topicKey(topic: number): string {
  return `${subjects[topic % 3]?.toLowerCase().replaceAll(' ', '-') ?? ''}-${topic}`
}
