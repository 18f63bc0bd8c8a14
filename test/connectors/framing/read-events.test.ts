import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventEnd } from '../../../connectors/framing/line-batch.ts'
import { streamStart } from '../../../connectors/framing/ndjson-stream.ts'
import { readEvents } from '../../../connectors/framing/read-events.ts'

const eventBytesMax = 2000

type Reading = { readonly cuts?: readonly number[]; readonly after?: EventEnd; readonly eventBytesMax?: number }

async function read(input: string | Uint8Array, { cuts = [], after = streamStart, ...limit }: Reading = {}) {
  const bytes = Buffer.from(input)
  const events: { text: string; end: EventEnd }[] = []
  const tooLong: number[] = []
  const broken: string[] = []
  const options = { eventBytesMax, ...limit, after, skipBytes: after.endByte }
  for await (const batch of readEvents(chunksOf(bytes, cuts), options)) {
    for (const { bytes: event, ...end } of batch.lines)
      events.push({ text: Buffer.from(event).toString('latin1'), end })
    tooLong.push(...batch.tooLong)
    if (batch.broken !== undefined) broken.push(batch.broken)
  }
  return { events, texts: events.map(({ text }) => text), tooLong, broken }
}

async function* chunksOf(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  for (const [i, end] of borders.entries()) if (i > 0) yield bytes.subarray(borders[i - 1], end)
}

const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3 }), { minKeys: 0, maxKeys: 4 })
const objects = fc.array(object, { minLength: 1, maxLength: 8 })
const indent = fc.constantFrom(0, 2, '\t')
const space = fc.constantFrom('', ' ', '\n', '\r\n', '\n\n', '\t ')
const cuts = fc.array(fc.nat(), { maxLength: 12 })

/** How a tool writes objects, and the bytes of each. */
const framed = fc
  .record({ objects, indent, space, form: fc.constantFrom('joined', 'array', 'arrays', 'both'), mark: fc.boolean() })
  .map(({ objects: values, indent: by, space: between, form, mark }) => {
    const events = values.map((value) => JSON.stringify(value, null, by))
    const array = (texts: readonly string[]) => `[${between}${texts.join(`${between},${between}`)}${between}]`
    const forms: Readonly<Record<string, string>> = {
      joined: events.join(between),
      array: array(events),
      arrays: events.map((event) => array([event])).join(between),
      both: `${events[0]}${array(events.slice(1))}`,
    }
    return { input: `${mark ? '\ufeff' : ''}${forms[form]}${between}`, events }
  })
  .map(({ input, events }) => ({ input, events: events.map((event) => Buffer.from(event).toString('latin1')) }))

/** In lines it is each line that is an event. */
const isOneObjectFirst = (input: string) => /^\ufeff?\s*\{[^\n]*\}[ \t\r]*(\n|$)/.test(input)

describe('the events of documents', () => {
  it('are their bytes from brace to brace, however they are joined, indented and cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(framed, cuts, async ({ input, events }, at) => {
        fc.pre(!isOneObjectFirst(input) && !input.includes('}['))
        expect(await read(input, { cuts: at })).toMatchObject({ texts: events, tooLong: [], broken: [] })
      }),
      { numRuns: 500 },
    )
  })

  it('go on after any of them', async () => {
    await fc.assert(
      fc.asyncProperty(framed, cuts, fc.nat(), async ({ input }, at, chosen) => {
        const { events } = await read(input)
        const n = chosen % events.length
        const rest = await read(input, { cuts: at, ...(events[n] === undefined ? {} : { after: events[n].end }) })
        expect(rest).toMatchObject({ events: events.slice(n + 1), broken: [] })
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['joined', '{"a":1}{"a":"}{"}{"a":"\\"{"}', ['{"a":1}', '{"a":"}{"}', '{"a":"\\"{"}']],
    ['joined, some by new lines', '{"a":1}{"b":2}\n{"c":3}', ['{"a":1}', '{"b":2}', '{"c":3}']],
    ['indented', '{\n "a": 1\n}\n{\n}\n', ['{\n "a": 1\n}', '{\n}']],
    ['in an array', ' [{"a":[1,{}]} , {"b":2}]\n', ['{"a":[1,{}]}', '{"b":2}']],
    ['in an array on its own lines', '[\n{"a":1},\n{"b":2}\n]', ['{"a":1}', '{"b":2}']],
    ['in several arrays', '[{"a":1}]\n[{"b":2},{"c":3}]\n', ['{"a":1}', '{"b":2}', '{"c":3}']],
    ['with elements that are none', '[{"a":1}, 7 , "x,]", [1], null]', ['{"a":1}', '7', '"x,]"', '[1]', 'null']],
    ['none, in an empty array', '[ ]', []],
    ['of bytes that are no text', '{"a":"\u00ff"}{}', ['{"a":"\u00c3\u00bf"}', '{}']],
    ['that are no JSON inside', '{"a":1}{"b":nix}{]', ['{"a":1}', '{"b":nix}', '{]']],
  ])('are taken %s', async (_, input, texts) => {
    expect(await read(input)).toMatchObject({ texts, tooLong: [], broken: [] })
  })

  it.each([
    ['cut off', '{"a":1}{"b":', ['{"a":1}'], /^it is cut off, after event 1, which ends at byte 7/],
    [
      'in an array that is not closed',
      '[{"a":1},{"b":2}',
      ['{"a":1}', '{"b":2}'],
      /^its array is not closed, after event 2/,
    ],
    ['in an array of one that is not closed', '[{"a":1}', ['{"a":1}'], /^its array is not closed, after event 1/],
    ['in an array that ends with a comma', '[{"a":1},', ['{"a":1}'], /^its array is not closed/],
    [
      'with something between them',
      '{"a":1}{"b":2}x{"c":3}',
      ['{"a":1}', '{"b":2}'],
      /^there is no object, after event 2/,
    ],
    ['without a comma', '[{"a":1},{"b":2}{"c":3}]', ['{"a":1}', '{"b":2}'], /^there is no comma, after event 2/],
    ['with a comma too many', '[{"a":1},,{"b":2}]', ['{"a":1}'], /^there is no object/],
    ['with a bracket too many', '[{"a":1}]\n[{"b":2}]]', ['{"a":1}', '{"b":2}'], /^there is no object/],
    ['with a brace for an element', '[{"a":1}]\n[{"b":2},}]', ['{"a":1}', '{"b":2}'], /^there is no object/],
  ])('are taken up to where they are broken: %s', async (_, input, texts, broken) => {
    expect(await read(input)).toMatchObject({ texts, broken: [expect.stringMatching(broken)] })
    const cutEverywhere = Array.from({ length: input.length }, (_each, i) => i)
    expect(await read(input, { cuts: cutEverywhere })).toMatchObject({ texts, broken: [expect.stringMatching(broken)] })
  })

  it('are named by their number where they are too long, and the others are taken', async () => {
    const long = JSON.stringify({ text: '{'.repeat(eventBytesMax) })
    for (const at of [[], [5, 100, 2010, 2020]]) {
      const joined = await read(`{"a":1}${long}{"b":2}`, { cuts: at })
      expect(joined).toMatchObject({ texts: ['{"a":1}', '{"b":2}'], tooLong: [2], broken: [] })
    }
    expect(await read('{"a":1}{"b":22}', { eventBytesMax: 7 })).toMatchObject({ texts: ['{"a":1}'], tooLong: [2] })
  })

  it('are found where all of them together are longer than one may be', async () => {
    const many = '{"a":1}'.repeat(5000)
    expect((await read(many, { cuts: [3, 4000] })).texts).toHaveLength(5000)
  })
})

it('takes of any input the same, however it is cut into chunks', async () => {
  const part = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    '\\',
    '\n',
    ' ',
    '\r',
    '1',
    '{"a":1}',
    '{"a":"}{"}',
    '\ufeff',
  )
  const input = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(input, fc.boolean(), cuts, async (text, isSmall, at) => {
      const limit = isSmall ? { eventBytesMax: 8 } : {}
      expect(await read(text, { ...limit, cuts: at })).toEqual(await read(text, limit))
    }),
    { numRuns: 3000 },
  )
})

describe('an input of lines', () => {
  it.each([
    ['one object to a line', '{"a":1}\n{"b":2}{"c":3}\n', ['{"a":1}', '{"b":2}{"c":3}']],
    ['a last line without an end', '{"a":1}', ['{"a":1}']],
    ['a first line that is cut off', '{"a":\n{"b":2}\n{"c":3}', ['{"a":', '{"b":2}', '{"c":3}']],
    ['a first line that is cut off in an array', '{"a":[\n{"b":2}\n{"c":3}', ['{"a":[', '{"b":2}', '{"c":3}']],
    ['a first line that is cut off in a text', '{"a":"x\n{"b":"}"}', ['{"a":"x', '{"b":"}"}']],
    ['a first line that is the rest of one', '[{"k":"x"}],"city":1}\n{"b":2}', ['[{"k":"x"}],"city":1}', '{"b":2}']],
    ['a longer rest', '[{"k":"x"},{"k":"y"}],"city":1}\n{"b":2}', ['[{"k":"x"},{"k":"y"}],"city":1}', '{"b":2}']],
    ['a first line with something behind its object', '{"a":1},\n{"b":2},', ['{"a":1},', '{"b":2},']],
    ['a first line that is no JSON', '{a:1}{b:2}\n{"b":2}', ['{a:1}{b:2}', '{"b":2}']],
    ['what is no JSON at all', 'id,name\n1,x', ['id,name', '1,x']],
    ['arrays of numbers', '[1,2]\n[3]', ['[1,2]', '[3]']],
    ['blank lines first', '\r\n\n {"a":1}\n{"b":2}', [' {"a":1}', '{"b":2}']],
  ])('stays one: %s', async (_, input, texts) => {
    const everywhere = Array.from({ length: input.length }, (_each, i) => i)
    for (const at of [[], everywhere]) {
      const { events, broken } = await read(input, { cuts: at })
      expect([events.map(({ text }) => text), broken]).toEqual([texts, []])
      expect(events.every(({ end }) => end.frame === undefined)).toBe(true)
    }
  })

  it('is handed on line by line as soon as its first line is whole', async () => {
    const batches = readEvents(chunksOf(Buffer.from('{"a":1}\n{"b":2}\n{'), [3, 8, 12]), {
      eventBytesMax,
      after: streamStart,
      skipBytes: 0,
    })
    expect((await batches.next()).value).toMatchObject({ lines: [{ number: 1 }], isEnd: false })
  })

  it('is not held for longer than an event may be, where it does not say what it is', async () => {
    const { texts, tooLong } = await read(`{"a":"${'x'.repeat(100_000)}\n{"b":2}\n`, { cuts: [50_000, 90_000] })
    expect({ texts, tooLong }).toEqual({ texts: ['{"b":2}'], tooLong: [1] })
  })
})
