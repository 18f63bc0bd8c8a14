import type { ContractNode, IntegerNode, NumberNode, ObjectNode, Range, Slot, TextNode } from './node.ts'
import type { TextTest } from './texts.ts'

/** By its node, values of a place that are taken instead of made-up ones, as far as a text's rules allow them. */
export type WishedValues = ReadonlyMap<ContractNode, readonly unknown[]>

/** The most values of a place, and elements of an array. */
const [valuesMax, elementsMax] = [4, 100]

/**
 * Makes a few values up that keep a contract, except perhaps its patterns: of each kind of a union, with and without
 * what may be absent, with no element and with some. The first value of every place is a usual one, and they are the
 * parts of the first value of the whole. `undefined` is a field that is missing.
 */
export function madeUpValues(node: ContractNode, wished: WishedValues): readonly unknown[] {
  const taken = (wished.get(node) ?? []).filter(
    (value) => node.kind !== 'text' || (typeof value === 'string' && keepsText(node, value)),
  )
  return taken.length > 0 ? taken : ownValues(node, wished)
}

function ownValues(node: ContractNode, wished: WishedValues): readonly unknown[] {
  switch (node.kind) {
    case 'object':
      return objects(node, wished)
    case 'kinds':
      return node.kinds.flatMap((kind) => madeUpValues(kind, wished))
    case 'array': {
      const some = repeated(slotValues(node.element, wished), node.length)
      return node.length.min === 0 ? [some, []] : [some]
    }
    case 'entries': {
      const keys = textsOf(node.key)
      const values = slotValues(node.value, wished)
      return [Object.fromEntries(keys.map((key, n) => [key, values[n % values.length]])), {}]
    }
    case 'integer':
      return integersOf(node)
    case 'number':
      return numbersOf(node)
    case 'text':
      return textsOf(node)
    case 'enum':
      return node.values.slice(0, valuesMax)
    case 'boolean':
      return [false, true]
    case 'any':
      return ['a', { a: [1, null] }]
  }
}

function slotValues({ node, mayBeNull, mayBeMissing }: Slot, wished: WishedValues): readonly unknown[] {
  return [...madeUpValues(node, wished), ...(mayBeNull ? [null] : []), ...(mayBeMissing ? [undefined] : [])]
}

/** The n-th object has the n-th value of each field; a field with fewer begins again. */
function objects({ fields }: ObjectNode, wished: WishedValues): readonly unknown[] {
  const values = [...fields].map(([name, slot]) => [name, slotValues(slot, wished)] as const)
  const count = Math.max(1, ...values.map(([, each]) => each.length))
  return Array.from({ length: count }, (_, n) =>
    Object.fromEntries(values.map(([name, each]) => [name, each[n % each.length]])),
  )
}

function repeated(values: readonly unknown[], { min, max }: Range): readonly unknown[] {
  const length = Math.min(max, elementsMax, Math.max(min, values.length))
  return Array.from({ length }, (_, n) => values[n % values.length])
}

function integersOf({ min, max, multiplesOf }: IntegerNode): readonly number[] {
  const [step = 1] = multiplesOf
  const found = [1, 0, -1, step, min, max].filter(
    (value) => value >= min && value <= max && multiplesOf.every((each) => value % each === 0),
  )
  return [...new Set(found)].slice(0, valuesMax)
}

function numbersOf({ bounds, multiplesOf }: NumberNode): readonly number[] {
  const near = bounds.flatMap(({ value }) => [value, value + 1, value - 1])
  const keeps = (value: number) =>
    bounds.every(({ operator, value: bound }) => {
      const compared = Math.sign(value - bound)
      return compared === 0 ? operator.endsWith('=') : operator.startsWith(compared > 0 ? '>' : '<')
    })
  const found = [1, 0, 0.5, -1, ...multiplesOf, ...near].filter(
    (value) => keeps(value) && multiplesOf.every((each) => Number.isInteger(value / each)),
  )
  return [...new Set(found)].slice(0, valuesMax)
}

/** Among them are texts of the formats that contracts ask for. */
const someTexts = [
  'a',
  '',
  '7',
  'A',
  '2017-03-19T12:30:00Z',
  '2017-03-19',
  '12:30:00',
  'P1D',
  'a@example.org',
  '123e4567-e89b-42d3-a456-426614174000',
  '127.0.0.1',
]

function textsOf(node: TextNode): readonly string[] {
  const found = [...someTexts, composed(node)].filter((text) => keepsText(node, text))
  return found.length === 0 ? someTexts.slice(0, 1) : found.slice(0, valuesMax)
}

/** A text of the parts that the contract asks for, as long as it asks for. */
function composed({ tests, length }: TextNode): string {
  const partsOf = (kind: TextTest['test']) =>
    tests.flatMap((test) => (test.test === kind && 'part' in test ? test.part : []))
  const [start, middle, end] = (['starts_with', 'contains', 'ends_with'] as const).map((kind) => partsOf(kind).join(''))
  const rest = `${middle}${end}`
  return `${start}${'a'.repeat(Math.max(0, Math.min(length.min, elementsMax) - `${start}${rest}`.length))}${rest}`
}

function keepsText({ length, tests }: TextNode, text: string): boolean {
  return text.length >= length.min && text.length <= length.max && tests.every((test) => passes(test, text))
}

function passes(test: TextTest, text: string): boolean {
  switch (test.test) {
    case 'contains':
      return text.includes(test.part)
    case 'starts_with':
      return text.startsWith(test.part)
    case 'ends_with':
      return text.endsWith(test.part)
    case 'pattern':
      return matches(test.pattern.source, text)
  }
}

/** The engine's syntax is JavaScript's, but for how it writes a code point. Of what is not, each text may do. */
function matches(source: string, text: string): boolean {
  try {
    return new RegExp(source.replaceAll(/\\x\{([0-9a-f]+)\}/gi, String.raw`\u{$1}`), 'u').test(text)
  } catch {
    return true
  }
}
