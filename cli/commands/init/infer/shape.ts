import { fieldsOf, isWrittenObject } from './written-json.ts'
import type { Written } from './written-json.ts'

/** Half of a surrogate pair, which no column can hold. */
const half = /\p{Surrogate}/u

/** What stood in one place of the events of a sample. Values are kept once each, as they were written. */
export class Shape {
  count = 0
  nulls = 0
  booleans = 0
  objects = 0
  arrays = 0
  /** How often each number and each text was there. */
  readonly numbers = new Map<string, number>()
  readonly texts = new Map<string, number>()
  /** In the order in which they were first seen. */
  readonly fields = new Map<string, Shape>()
  /** The elements of all arrays. */
  element: Shape | undefined
  /** Fields that two elements of one array have with the same value, or that one lacks. */
  readonly repeated = new Set<string>()

  add(value: Written): void {
    this.count += 1
    if (value === null) this.nulls += 1
    else if (typeof value === 'boolean') this.booleans += 1
    else if (typeof value === 'string') countIn(value.startsWith('n') ? this.numbers : this.texts, value.slice(1))
    else if (isWrittenObject(value)) {
      this.objects += 1
      for (const [name, field] of fieldsOf(value)) this.#fieldOf(name).add(field)
    } else {
      this.arrays += 1
      this.element ??= new Shape()
      for (const element of value) this.element.add(element)
      this.#noteRepeated(value)
    }
  }

  /** Adds all that another shape has seen. */
  merge(other: Shape): void {
    this.count += other.count
    this.nulls += other.nulls
    this.booleans += other.booleans
    this.objects += other.objects
    this.arrays += other.arrays
    for (const [number, count] of other.numbers) countIn(this.numbers, number, count)
    for (const [text, count] of other.texts) countIn(this.texts, text, count)
    for (const [name, field] of other.fields) this.#fieldOf(name).merge(field)
    if (other.element !== undefined) (this.element ??= new Shape()).merge(other.element)
    for (const name of other.repeated) this.repeated.add(name)
  }

  /** Whether any text or name in it holds half a surrogate pair. */
  get hasHalves(): boolean {
    return (
      [...this.texts.keys(), ...this.fields.keys()].some((text) => half.test(text)) ||
      [...this.fields.values()].some((field) => field.hasHalves) ||
      this.element?.hasHalves === true
    )
  }

  #fieldOf(name: string): Shape {
    const field = this.fields.get(name) ?? new Shape()
    this.fields.set(name, field)
    return field
  }

  #noteRepeated(elements: readonly Written[]): void {
    const objects = elements.filter((element) => isWrittenObject(element))
    const values = new Map<string, Set<Written>>()
    for (const object of objects)
      for (const [name, value] of fieldsOf(object)) values.set(name, (values.get(name) ?? new Set()).add(value))
    for (const [name, found] of values) if (found.size < elements.length) this.repeated.add(name)
  }
}

function countIn(counts: Map<string, number>, value: string, times = 1): void {
  counts.set(value, (counts.get(value) ?? 0) + times)
}

/** True if the field was in every object around it, and never null. */
export function isAlways(field: Shape, around: Shape): boolean {
  return field.count === around.objects && field.nulls === 0
}
