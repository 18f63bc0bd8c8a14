import * as fc from 'fast-check'
import { acceptedEvents, receivedMs } from './events.ts'

/** Any UTF-16 text, lone surrogates and NUL included. */
const texts = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xff }), fc.integer({ min: 0xd700, max: 0xe000 }), fc.nat(0xffff)), {
    maxLength: 6,
  })
  .map((units) => String.fromCharCode(...units))

/** Values at the limits of what a contract may allow. */
const edgeValues = fc.constantFrom<unknown>(
  undefined,
  null,
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  1e-9,
  1e21,
  -1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 1,
  Number.MIN_SAFE_INTEGER,
  2 ** 63,
  2 ** 64,
  999_999,
  1_000_000,
  1_000_001,
  253_402_300_799_999,
  253_402_300_800_000,
  receivedMs + 86_400_000,
  receivedMs + 86_400_001,
  '',
  '12',
  'yes',
  'YES',
  'null',
  [],
  {},
  [null],
  [[]],
  [{}],
  [{ urlkey: 'a', topic_name: 'b' }],
  [{ urlkey: 'a' }],
  [{ urlkey: null, topic_name: 'b' }],
  [{ urlkey: 'a', topic_name: 'b' }, null],
  [{ urlkey: 'a', topic_name: 'b' }, 1],
  { facebook: null },
  { facebook: {} },
  { facebook: { identifier: 1 } },
  { facebook: { identifier: null }, twitter: [] },
)

const anyValues = fc.oneof(edgeValues, texts, fc.jsonValue({ maxDepth: 2 }), fc.double())

type Change = { readonly at: number; readonly value: unknown }

/** An event with some of its fields changed to anything, removed, or added to. */
const changedEvents = fc
  .tuple(
    acceptedEvents,
    fc.array(fc.record<Change>({ at: fc.nat(60), value: anyValues }), { maxLength: 2 }),
    fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.tuple(texts, anyValues) }),
  )
  .map(([event, changes, extra]) => {
    const changed = changes.reduce<unknown>((json, change) => withChange(json, change), event)
    return extra === null || typeof changed !== 'object' ? changed : { ...changed, [extra[0]]: extra[1] }
  })

/** What `JSON.stringify` may produce, from any value at all to an accepted event. */
export const arbitraryJsonTexts: fc.Arbitrary<string> = fc
  .oneof({ weight: 12, arbitrary: changedEvents }, { weight: 1, arbitrary: anyValues })
  .map((value) => JSON.stringify(value) ?? 'null')

/** Replaces the value at the place that `at` chooses among all places of the event. */
function withChange(event: unknown, { at, value }: Change): unknown {
  const paths = pathsOf(event)
  return replaceAt(event, paths[at % paths.length] ?? [], value)
}

function pathsOf(json: unknown): readonly (readonly string[])[] {
  if (typeof json !== 'object' || json === null) return [[]]
  return [[], ...Object.entries(json).flatMap(([name, child]) => pathsOf(child).map((path) => [name, ...path]))]
}

function replaceAt(json: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined || typeof json !== 'object' || json === null) return value
  const entries = Object.entries(json).map(([field, child]) => [
    field,
    field === name ? replaceAt(child, rest, value) : child,
  ])
  return Array.isArray(json) ? entries.map(([, child]) => child) : Object.fromEntries(entries)
}
