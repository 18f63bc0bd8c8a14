import { expect, it } from 'vitest'
import type { LineBatch } from '../../../connectors/framing/line-batch.ts'
import type { LineSource } from '../../../connectors/sources/line-source.ts'
import { requireObjects } from '../../../connectors/sources/require-objects.ts'

/** Each text is a batch of lines of the origin before its colon. */
function sourceOf(...batches: readonly string[]): LineSource {
  return {
    name: 'test',
    async *read(): AsyncGenerator<LineBatch> {
      for (const batch of batches) {
        const [origin = '', text = ''] = batch.split(':')
        const lines = text.split('|').map((line, i) => ({ number: i + 1, endByte: 0, bytes: Buffer.from(line) }))
        const last = { number: lines.length, endByte: 0 }
        yield { lines: text === '' ? [] : lines, tooLong: [], last, origin, positionAfter: () => null }
      }
    },
  }
}

type How = { readonly position?: string; readonly isStopped?: boolean }

async function read(source: LineSource, { position, isStopped = false }: How = {}) {
  const stop = new AbortController()
  if (isStopped) stop.abort()
  const texts: string[] = []
  const batches = requireObjects(source).read(position ?? null, stop.signal)
  const failure = await (async () => {
    for await (const { lines } of batches) texts.push(lines.map(({ bytes }) => Buffer.from(bytes).toString()).join('|'))
  })().catch((error: unknown) => error)
  return { texts, failure: failure instanceof Error ? failure.message : null }
}

it('hands on all of an input whose first lines hold an object, what came before it too', async () => {
  const bad = Array.from({ length: 998 }, () => 'x').join('|')
  const texts = [bad, 'y|{}', 'z', '']
  expect(await read(sourceOf(...texts.map((text) => `a:${text}`)))).toEqual({ texts, failure: null })
})

it('hands on nothing of an input whose first thousand lines hold none', async () => {
  const csv = Array.from({ length: 500 }, (_, i) => `${i},x`).join('|')
  const { texts, failure } = await read(sourceOf(`a:${csv}`, `a:${csv}`, 'a:{}'))
  expect(texts).toEqual([])
  expect(failure).toMatch(
    /^a: none of its first 1000 lines is a JSON object; it begins with "0,x"\. .* tidemark ingest --force /,
  )
})

it.each([
  ['[1]|2', /^a: none of its first 2 lines is a JSON object; it begins with "\[1\]"/],
  ['{|"a"', /^a: none of its first 2 lines/],
  ['{"a":', /^a: its only line is not a JSON object/],
])('hands on nothing of a short input without one: %s', async (text, message) => {
  expect(await read(sourceOf(`a:${text}`))).toEqual({ texts: [], failure: expect.stringMatching(message) })
})

it('looks at each of several inputs, and takes an empty one for no fault', async () => {
  expect(await read(sourceOf('a:', 'b:{}', 'b:x', 'c:', 'd:x'))).toEqual({
    texts: ['', '{}', 'x', ''],
    failure: expect.stringMatching(/^d: its only line/),
  })
})

it('lets go on what was resumed, and what was read before it was stopped', async () => {
  expect(await read(sourceOf('a:x', 'a:y'), { position: '1' })).toEqual({ texts: ['x', 'y'], failure: null })
  expect(await read(sourceOf('a:x'), { isStopped: true })).toEqual({ texts: ['x'], failure: null })
})
