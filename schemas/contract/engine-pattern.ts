import { RegExpParser } from '@eslint-community/regexpp'
import type { AST } from '@eslint-community/regexpp'

/** A pattern in the engine's syntax (RE2) with exactly JavaScript's meaning. */
export type EnginePattern = {
  readonly source: string
  /**
   * True for a pattern that must be matched against a text in which `twoUnits` replaced each character beyond U+FFFF.
   * Without the flag `u` JavaScript matches UTF-16 units, of which such a character has two.
   */
  readonly countsUnits: boolean
}

type CharRange = { readonly min: number; readonly max: number }

/**
 * Noncharacters of Unicode, which no text is meant to hold. Some replace surrogates while a text is judged, so a
 * pattern must treat all of them like surrogates.
 */
const noncharacters: CharRange = { min: 0xfdd0, max: 0xfdef }
const surrogates: CharRange = { min: 0xd800, max: 0xdfff }

/** Replaces a character beyond U+FFFF in patterns that count UTF-16 units. */
export const twoUnits = '\ufdee\ufdef'

/**
 * The other noncharacters. One of them replaces each lone surrogate, which the engine cannot read. `max` is included.
 */
export const surrogateMarks: CharRange = { min: noncharacters.min, max: twoUnits.charCodeAt(0) - 1 }

/**
 * True for a text that SQL can compare with: without NUL, which ends a statement, lone surrogates and our
 * noncharacters.
 */
export function isPlainText(text: string): boolean {
  return Buffer.from(text).toString() === text && !/[\0\ufdd0-\ufdef]/.test(text)
}

/** RE2's limit of repeats; nested ones multiply. */
const repeatsMax = 1000

/** JavaScript's `\s`: white space and ends of lines. */
const spaces: readonly CharRange[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
].map(([min = 0, max = 0]) => ({ min, max }))
const lineEnds: readonly CharRange[] = [0x0a, 0x0d, 0x2028, 0x2029].map((code) => ({ min: code, max: code }))

/** Throws a TypeError that names the path, for a pattern that the engine cannot match exactly. */
export function enginePattern({ source, flags }: RegExp, path: string): EnginePattern {
  const faultOf = (what: string) => new TypeError(`${path}: the pattern /${source}/${flags} ${what}`)
  const flag = flags.split('').find((one) => !'dgsu'.includes(one))
  if (flag !== undefined) throw faultOf(`has the flag ${flag}, which the engine reads otherwise: write it without`)
  const isUnicode = flags.includes('u')
  const pattern = new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source, 0, source.length, { unicode: isUnicode })
  const writer = new PatternWriter({ isUnicode, dotIsAll: flags.includes('s'), faultOf })
  // Without a group around the pattern the engine rewrites some to plain comparisons, which mean something else.
  return { source: `(${writer.alternatives(pattern.alternatives, 1)})`, countsUnits: writer.countsUnits }
}

type WriterOptions = {
  readonly isUnicode: boolean
  readonly dotIsAll: boolean
  readonly faultOf: (what: string) => TypeError
}

/** Writes a parsed pattern in RE2's syntax, and finds out whether it counts units. */
class PatternWriter {
  readonly #options: WriterOptions
  countsUnits = false

  constructor(options: WriterOptions) {
    this.#options = options
  }

  alternatives(alternatives: readonly AST.Alternative[], repeats: number): string {
    return alternatives.map(({ elements }) => elements.map((one) => this.#element(one, repeats)).join('')).join('|')
  }

  #element(element: AST.Element, repeats: number): string {
    switch (element.type) {
      case 'CapturingGroup':
      case 'Group':
        if (element.type === 'Group' && element.modifiers !== null)
          throw this.#options.faultOf('changes flags inside, which the engine reads otherwise')
        return `(?:${this.alternatives(element.alternatives, repeats)})`
      case 'Assertion':
        return this.#assertion(element)
      case 'Quantifier':
        return this.#quantifier(element, repeats)
      case 'Character':
        return this.#character(element.value)
      case 'CharacterSet':
      case 'CharacterClass':
        return this.#set(element)
      case 'Backreference':
        throw this.#options.faultOf('refers back to a group, which the engine cannot')
      case 'ExpressionCharacterClass':
        throw this.#options.faultOf('has a set operation, which the engine cannot')
    }
  }

  #assertion(assertion: AST.Assertion): string {
    switch (assertion.kind) {
      case 'start':
        return '^'
      case 'end':
        return '$'
      case 'word':
        return assertion.negate ? '\\B' : '\\b'
      case 'lookahead':
      case 'lookbehind':
        throw this.#options.faultOf('looks ahead or behind, which the engine cannot: write two patterns')
    }
  }

  #quantifier({ element, min, max }: AST.Quantifier, repeats: number): string {
    const most = repeats * Math.max(min, Number.isFinite(max) ? max : 1, 1)
    if (most > repeatsMax)
      throw this.#options.faultOf(`repeats more than ${repeatsMax} times: bound the length instead`)
    return `(?:${this.#element(element, most)}){${min},${Number.isFinite(max) ? max : ''}}`
  }

  #character(code: number): string {
    if (isWithin(code, surrogates)) throw this.#options.faultOf('holds a character of two units: add the flag u')
    if (isWithin(code, noncharacters)) throw this.#options.faultOf('holds a noncharacter, which is kept for halves')
    return hex(code)
  }

  #set(set: AST.CharacterSet | AST.CharacterClass): string {
    const ranges = this.#rangesOf(set)
    // A set holds all surrogates or none. The noncharacters that replace them must be on the same side.
    const [hasHalves, hasMarks] = [surrogates, noncharacters].map((block) => share(ranges, block))
    if (hasHalves === 'some' || hasHalves !== hasMarks)
      throw this.#options.faultOf('has a range that ends among the surrogates or noncharacters, U+D800 to U+FDEF')
    if (hasHalves === 'all' && !this.#options.isUnicode) this.countsUnits = true
    if (ranges.length === 0) throw this.#options.faultOf('has an empty set, which nothing can match')
    return `[${ranges.map(({ min, max }) => (min === max ? hex(min) : `${hex(min)}-${hex(max)}`)).join('')}]`
  }

  #rangesOf(set: AST.CharacterSet | AST.CharacterClass): readonly CharRange[] {
    if (set.type === 'CharacterSet') return this.#namedRanges(set)
    const ranges = set.elements.flatMap((element) => {
      switch (element.type) {
        case 'Character':
          return [{ min: element.value, max: element.value }]
        case 'CharacterClassRange':
          return [{ min: element.min.value, max: element.max.value }]
        case 'CharacterSet':
          return this.#namedRanges(element)
        default:
          throw this.#options.faultOf('has a set operation, which the engine cannot')
      }
    })
    return set.negate ? complement(ranges) : ranges
  }

  #namedRanges(set: AST.CharacterSet): readonly CharRange[] {
    const ranges = this.#plainRanges(set)
    return 'negate' in set && set.negate ? complement(ranges) : ranges
  }

  #plainRanges(set: AST.CharacterSet): readonly CharRange[] {
    switch (set.kind) {
      case 'any':
        return complement(this.#options.dotIsAll ? [] : lineEnds)
      case 'digit':
        return rangesBetween('09')
      case 'word':
        return rangesBetween('09', 'AZ', '__', 'az')
      case 'space':
        return spaces
      case 'property':
        throw this.#options.faultOf('has a Unicode property, which changes from version to version: write ranges')
    }
  }
}

function rangesBetween(...pairs: readonly string[]): readonly CharRange[] {
  return pairs.map((pair) => ({ min: pair.charCodeAt(0), max: pair.charCodeAt(1) }))
}

function complement(ranges: readonly CharRange[]): readonly CharRange[] {
  const gaps: CharRange[] = []
  let next = 0
  for (const { min, max } of ranges.toSorted((a, b) => a.min - b.min)) {
    if (min > next) gaps.push({ min: next, max: min - 1 })
    next = Math.max(next, max + 1)
  }
  return next > 0x10ffff ? gaps : [...gaps, { min: next, max: 0x10ffff }]
}

/** How much of a block of characters the ranges hold. */
function share(ranges: readonly CharRange[], block: CharRange): 'all' | 'some' | 'none' {
  const outside = complement(ranges)
  if (!ranges.some((range) => overlaps(range, block))) return 'none'
  return outside.some((range) => overlaps(range, block)) ? 'some' : 'all'
}

function overlaps(a: CharRange, b: CharRange): boolean {
  return a.min <= b.max && b.min <= a.max
}

function isWithin(code: number, { min, max }: CharRange): boolean {
  return code >= min && code <= max
}

function hex(code: number): string {
  return `\\x{${code.toString(16)}}`
}
