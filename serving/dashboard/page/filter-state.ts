import type { Filters, Values } from './page.ts'

/** The filter values of one page. `keep` writes them into the address. */
export class FilterState implements Filters {
  readonly #listeners = new Set<() => void>()
  readonly #keep: (values: Values) => void
  #values: Values

  constructor(values: Values, keep: (values: Values) => void) {
    this.#values = values
    this.#keep = keep
  }

  get(): Values {
    return this.#values
  }

  set(values: Readonly<Record<string, string | null>>): void {
    const merged = Object.entries({ ...this.#values, ...values }).flatMap(([name, value]) =>
      value === null || value === '' ? [] : [[name, value] as const],
    )
    const next = Object.fromEntries(merged)
    if (isEqual(next, this.#values)) return
    this.#values = next
    this.#keep(next)
    this.#tell()
  }

  /** Sets the values that the address has after the back button. */
  replace(values: Values): void {
    if (isEqual(values, this.#values)) return
    this.#values = values
    this.#tell()
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

function isEqual(a: Values, b: Values): boolean {
  const names = Object.keys({ ...a, ...b })
  return names.every((name) => a[name] === b[name])
}
