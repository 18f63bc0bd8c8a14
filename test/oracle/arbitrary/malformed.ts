/** When the log of these lines receives each of them. */
export const malformedReceivedMs = 1_489_926_600_000

const dayMs = 86_400_000

export type MalformedLine = {
  readonly name: string
  readonly value: Uint8Array
  /** What its reason must match, or that the line is an event after all. */
  readonly outcome: RegExp | 'accepted'
}

const valid = {
  rsvp_id: 1,
  mtime: malformedReceivedMs,
  response: 'yes',
  guests: 0,
  visibility: 'public',
  member: {
    member_id: 2,
    member_name: 'Ada',
    photo: 'https://example.org/a.jpeg',
    other_services: { facebook: { identifier: 'ada' } },
  },
  event: {
    event_id: 'e',
    event_name: 'A walk',
    event_url: 'https://example.org/e',
    time: malformedReceivedMs + 3_600_000,
  },
  venue: { venue_id: 3, venue_name: 'Park', lat: 51.5, lon: -0.1 },
  group: {
    group_id: 4,
    group_name: 'Walkers',
    group_urlname: 'walkers',
    group_city: 'London',
    group_state: 'LDN',
    group_country: 'gb',
    group_lat: 51.5,
    group_lon: -0.1,
    group_topics: [
      { urlkey: 'hiking', topic_name: 'Hiking' },
      { urlkey: 'wine', topic_name: 'Wine' },
    ],
  },
}
const validText = JSON.stringify(valid)

/** The valid event's text with one part replaced. */
function withText(from: string, to: string): string {
  if (!validText.includes(from)) throw new TypeError(`the valid event has no ${from}`)
  return validText.replace(from, () => to)
}

function rejected(name: string, text: string, reason: RegExp): MalformedLine {
  return { name, value: Buffer.from(text), outcome: reason }
}

function accepted(name: string, text: string): MalformedLine {
  return { name, value: Buffer.from(text), outcome: 'accepted' }
}

const notJson: readonly MalformedLine[] = [
  rejected('nothing', '', /^the event: .*JSON/),
  rejected('a blank', ' ', /^the event: .*JSON/),
  rejected('a line cut off', validText.slice(0, 300), /^the event: .*JSON/),
  rejected('a line cut off before its last brace', validText.slice(0, -1), /^the event: .*JSON/),
  rejected('words', 'these are words', /^the event: .*JSON/),
  rejected('two events in one line', validText + validText, /^the event: .*JSON/),
  rejected('a byte order mark inside', `\uFEFF${validText}`, /^the event: .*JSON/),
  rejected('a carriage return alone', '\r', /^the event: .*JSON/),
  rejected('single quotes', validText.replaceAll('"', "'"), /^the event: .*JSON/),
  rejected('a raw NUL between fields', withText(',"guests"', '\0,"guests"'), /^the event: .*JSON/),
  rejected('a raw NUL in a text', withText('Ada', 'A\0da'), /^the event: .*JSON/),
  rejected('a raw newline in a text', withText('Ada', 'A\nda'), /^the event: .*JSON/),
  rejected('a comment', withText(',"guests"', '/* none */,"guests"'), /^the event: .*JSON/),
  rejected('a bad escape', withText('Ada', String.raw`A\xda`), /^the event: .*JSON/),
  rejected('a number with a leading zero', withText('"guests":0', '"guests":00'), /^the event: .*JSON/),
]

const lone = String.fromCharCode(0xd800)

const brokenText: readonly MalformedLine[] = [
  { name: 'a byte that starts no character', value: withByte(0xff), outcome: /^the event: .*UTF-8/ },
  { name: 'a continuation byte alone', value: withByte(0x80), outcome: /^the event: .*UTF-8/ },
  { name: 'an overlong character', value: withBytes([0xc0, 0xaf]), outcome: /^the event: .*UTF-8/ },
  { name: 'a surrogate written as UTF-8', value: withBytes([0xed, 0xa0, 0x80]), outcome: /^the event: .*UTF-8/ },
  { name: 'a character cut off', value: withBytes([0xe6, 0x9d]), outcome: /^the event: .*UTF-8/ },
  {
    name: 'broken UTF-8 outside the texts',
    value: Buffer.concat([Buffer.from(validText), Buffer.from([0xfe])]),
    outcome: /^the event: .*UTF-8/,
  },
  rejected(
    'an escaped lone surrogate in a text',
    withText('"Ada"', JSON.stringify(`A${lone}`)),
    /^member\.member_name: .*half/,
  ),
  rejected(
    'an escaped lone low surrogate',
    withText('"Ada"', JSON.stringify(`A${String.fromCharCode(0xdc00)}`)),
    /^member\.member_name: .*half/,
  ),
  accepted('a lone surrogate in an unknown field', withField(`"x":${JSON.stringify(lone)}`)),
  accepted('a lone surrogate in an unknown field name', withField(`${JSON.stringify(lone)}:1`)),
  accepted('a pair of surrogates, escaped', withText('Ada', String.raw`A\ud83d\ude00`)),
]

const wrongTypes: readonly MalformedLine[] = [
  rejected('an empty object', '{}', /^rsvp_id: missing/),
  rejected('an array', `[${validText}]`, /^the event: expected an object/),
  rejected('a number', '12', /^the event: expected an object/),
  rejected('a text', '"yes"', /^the event: expected an object/),
  rejected('null', 'null', /^the event: expected an object/),
  rejected('an id that is a fraction', withText('"rsvp_id":1', '"rsvp_id":1.5'), /^rsvp_id: .*integer/),
  rejected('an id that is a boolean', withText('"rsvp_id":1', '"rsvp_id":true'), /^rsvp_id: .*integer.*boolean/),
  rejected('an id that is a text', withText('"rsvp_id":1', '"rsvp_id":"12"'), /^rsvp_id: .*integer.*text/),
  rejected('an id that is null', withText('"rsvp_id":1', '"rsvp_id":null'), /^rsvp_id: .*integer.*null/),
  rejected('an id that is an object', withText('"rsvp_id":1', '"rsvp_id":{}'), /^rsvp_id: .*integer.*object/),
  rejected('an id that is an array', withText('"rsvp_id":1', '"rsvp_id":[1]'), /^rsvp_id: .*integer.*array/),
  rejected('an id of zero', withText('"rsvp_id":1', '"rsvp_id":0'), /^rsvp_id: .*integer/),
  rejected('a negative id', withText('"rsvp_id":1', '"rsvp_id":-1'), /^rsvp_id: .*integer/),
  rejected(
    'an id beyond 2^53',
    withText('"rsvp_id":1', '"rsvp_id":9007199254740992'),
    /^rsvp_id: .*9007199254740991.*got another integer/,
  ),
  accepted('an id of 2^53 - 1', withText('"rsvp_id":1', '"rsvp_id":9007199254740991')),
  rejected('an id of 2^63', withText('"rsvp_id":1', '"rsvp_id":9223372036854775808'), /^rsvp_id: .*integer/),
  rejected('an id beyond 64 bits', withText('"rsvp_id":1', '"rsvp_id":18446744073709551616'), /^rsvp_id: .*64 bits/),
  rejected('an id of 400 digits', withText('"rsvp_id":1', `"rsvp_id":${'9'.repeat(400)}`), /^(rsvp_id|event): /),
  rejected(
    'a nested id that is a fraction',
    withText('"group_id":4', '"group_id":4.25'),
    /^group\.group_id: .*integer/,
  ),
  rejected('an answer that is neither yes nor no', withText('"yes"', '"maybe"'), /^response: expected one of yes, no/),
  rejected('an answer in capitals', withText('"yes"', '"YES"'), /^response: expected one of yes, no/),
  rejected('too many guests', withText('"guests":0', '"guests":1000001'), /^guests: /),
  rejected('a name that is a number', withText('"Ada"', '7'), /^member\.member_name: expected a text/),
  rejected('a name that is missing', withText('"member_name":"Ada",', ''), /^member\.member_name: missing/),
  rejected('a member that is missing', withText('"member":', '"somebody":'), /^member: missing/),
  rejected(
    'a member that is a list',
    withText('"member":{', '"member":[],"somebody":{'),
    /^member: expected an object/,
  ),
  rejected(
    'a latitude that is a text',
    withText('"lat":51.5', '"lat":"51.5"'),
    /^venue\.lat: expected a finite number/,
  ),
  rejected(
    'topics that are an object',
    withText('"group_topics":[', '"group_topics":{},"x":['),
    /^group\.group_topics: /,
  ),
  rejected(
    'a topic that is a text',
    withText('{"urlkey":"wine"', '"wine",{"urlkey":"wine"'),
    /^group\.group_topics\[\]/,
  ),
  rejected('a topic without its key', withText('"urlkey":"wine",', ''), /^group\.group_topics\[\]\.urlkey: /),
  rejected(
    'a topic whose key is a number',
    withText('"urlkey":"wine"', '"urlkey":5'),
    /^group\.group_topics\[\]\.urlkey: /,
  ),
  rejected(
    'services that are a list',
    withText('"other_services":{', '"other_services":[],"x":{'),
    /^member\.other_services: /,
  ),
  rejected(
    'a service whose identifier is a number',
    withText('"identifier":"ada"', '"identifier":5'),
    /^member\.other_services\.\*\.identifier: /,
  ),
  rejected('a service that is null', withText('{"identifier":"ada"}', 'null'), /^member\.other_services\.\*: /),
]

const times: readonly MalformedLine[] = [
  accepted('a time of zero', withMtime('0')),
  accepted('a time one day ahead of the log', withMtime(`${malformedReceivedMs + dayMs}`)),
  rejected('a time a millisecond further ahead', withMtime(`${malformedReceivedMs + dayMs + 1}`), /^mtime: later/),
  rejected('a negative time', withMtime('-1'), /^mtime: expected an integer from 0/),
  rejected('a time beyond the year 9999', withMtime('253402300800000'), /^mtime: expected an integer/),
  rejected('a time that no clock can hold', withMtime('9007199254740991'), /^mtime: expected an integer/),
  rejected('a time as text', withMtime('"2017-03-19T12:30:00Z"'), /^mtime: expected an integer.*text/),
  rejected('a meeting beyond the year 9999', withMeeting('253402300800000'), /^event\.time: /),
  rejected('a meeting before 1970', withMeeting('-1'), /^event\.time: /),
  accepted('a meeting in the year 9999', withMeeting('253402300799999')),
]

const deep = '['.repeat(100_000) + ']'.repeat(100_000)
const topic = JSON.stringify(valid.group.group_topics[0]) + ','

/** What the engine's reader takes more leniently than RFC 8259, or differently from `JSON.parse`. */
const lenient: readonly MalformedLine[] = [
  rejected('a latitude that is NaN', withText('"lat":51.5', '"lat":NaN'), /^(venue\.lat|event): /),
  rejected('a latitude that is Infinity', withText('"lat":51.5', '"lat":Infinity'), /^(venue\.lat|event): /),
  rejected('a latitude beyond a double', withText('"lat":51.5', '"lat":1e400'), /^(venue\.lat|event): /),
  rejected('an id written 1.0', withText('"rsvp_id":1', '"rsvp_id":1.0'), /^rsvp_id: .*integer/),
  rejected('an id written 1e3', withText('"rsvp_id":1', '"rsvp_id":1e3'), /^rsvp_id: .*integer/),
  rejected('a trailing comma', withText('"guests":0', '"guests":0,'), /^the event: .*JSON/),
  accepted('a trailing comma at the end', `${validText.slice(0, -1)},}`),
]

const unusual: readonly MalformedLine[] = [
  accepted('an event', validText),
  accepted('an event with blanks around it', ` \t${validText} \r`),
  accepted('an escaped NUL in a text', withText('Ada', String.raw`A\u0000da`)),
  accepted('an unknown field', withField('"x":{"y":[1,2,{"z":null}]}')),
  accepted('100,000 levels in an unknown field', withField(`"x":${deep}`)),
  rejected('100,000 levels that do not end', '['.repeat(100_000), /^the event: .*JSON/),
  accepted('a name of 900 kB', withText('Ada', 'A'.repeat(900_000))),
  accepted('an unknown text of 900 kB', withField(`"x":"${'é'.repeat(450_000)}"`)),
  accepted('a repeated field: the first counts', withText('"guests":0', '"guests":0,"guests":"many"')),
  accepted('a service named twice: the first counts', withText('"facebook":{', '"facebook":{},"facebook":{')),
  accepted('a topic named twice', withText('"urlkey":"wine"', '"urlkey":"hiking"')),
  accepted('a repeated field of a topic', withText('"urlkey":"wine"', '"urlkey":"wine","urlkey":5')),
  accepted('20,000 topics', withText('"group_topics":[', `"group_topics":[${topic.repeat(20_000)}`)),
  rejected('100,000 levels where a text belongs', withText('"https://example.org/a.jpeg"', deep), /^member\.photo: /),
  rejected('100,000 levels where an object belongs', withText('"venue":{', `"venue":${deep},"x":{`), /^venue: /),
  rejected(
    '100,000 levels in an array',
    withText('"group_topics":[', `"group_topics":[${deep},`),
    /^group\.group_topics\[\]/,
  ),
  rejected('100,000 levels in an entry', withText('{"identifier":"ada"}', deep), /^member\.other_services\.\*/),
  rejected(
    '100,000 levels in an identifier',
    withText('"identifier":"ada"', `"identifier":${deep}`),
    /^member\.other_services\.\*\.identifier: /,
  ),
  rejected('a service that is a number', withText('{"identifier":"ada"}', '1.5'), /^member\.other_services\.\*: /),
  rejected('a service that is a text', withText('{"identifier":"ada"}', '"ada"'), /^member\.other_services\.\*: /),
  rejected('a repeated field whose first is wrong', withText('"guests":0', '"guests":"many","guests":0'), /^guests: /),
]

/** Everything that a stream may hold beside events, and what must become of it. */
export const malformedLines: readonly MalformedLine[] = [
  ...notJson,
  ...brokenText,
  ...wrongTypes,
  ...times,
  ...lenient,
  ...unusual,
]

function withByte(byte: number): Uint8Array {
  return withBytes([byte])
}

/** The member's name ends with these bytes. */
function withBytes(bytes: readonly number[]): Uint8Array {
  const [before = '', after = ''] = validText.split('Ada')
  return Buffer.concat([Buffer.from(`${before}Ada`), Buffer.from(bytes), Buffer.from(after)])
}

function withField(field: string): string {
  return `{${field},${validText.slice(1)}`
}

function withMtime(value: string): string {
  return withText(`"mtime":${malformedReceivedMs}`, `"mtime":${value}`)
}

function withMeeting(value: string): string {
  return withText(`"time":${malformedReceivedMs + 3_600_000}`, `"time":${value}`)
}
