/** Something that `verify` found to be wrong. */
export type Difference = {
  readonly check: 'manifests' | 'chains' | 'log' | 'verdicts' | 'tables'
  /** The object, partition or table at fault. */
  readonly subject: string
  readonly message: string
  /** How many times it was found; `examples` has the first ones. */
  readonly count: number
  readonly examples: readonly string[]
}

/** How many objects match their digests, and how many older ones have none. */
export type DigestCount = { readonly checked: number; readonly without: number }
export type CheckedKind = 'chainStarts' | 'chunks' | 'manifests' | 'tableFiles' | 'verdicts'
export type DigestCounts = Readonly<Record<CheckedKind, DigestCount>>

const noneChecked: DigestCount = { checked: 0, without: 0 }

/** What a verification has found so far. Repeated findings about one subject are one difference. */
export class Findings {
  readonly #differences = new Map<string, Difference>()
  readonly #notes: string[] = []
  readonly #digests: Record<CheckedKind, DigestCount> = {
    chainStarts: noneChecked,
    chunks: noneChecked,
    manifests: noneChecked,
    tableFiles: noneChecked,
    verdicts: noneChecked,
  }
  readonly #examplesMax: number

  constructor(examplesMax: number) {
    this.#examplesMax = examplesMax
  }

  get examplesMax(): number {
    return this.#examplesMax
  }

  differ(found: Omit<Difference, 'count' | 'examples'> & Partial<Pick<Difference, 'count' | 'examples'>>): void {
    const { check, subject, message, count = 1, examples = [] } = found
    const id = JSON.stringify([check, subject, message])
    const known = this.#differences.get(id)
    const all = [...(known?.examples ?? []), ...examples]
    this.#differences.set(id, {
      check,
      subject,
      message,
      count: (known?.count ?? 0) + count,
      examples: all.slice(0, this.#examplesMax),
    })
  }

  /** Counts an object that was read, and checked if it has a digest. */
  checked(kind: CheckedKind, hasDigest: boolean): void {
    const { checked, without } = this.#digests[kind]
    this.#digests[kind] = { checked: checked + Number(hasDigest), without: without + Number(!hasDigest) }
  }

  get digests(): DigestCounts {
    return { ...this.#digests }
  }

  /** Adds something that people should know, although it is no difference. */
  note(text: string): void {
    this.#notes.push(text)
  }

  get differences(): readonly Difference[] {
    return [...this.#differences.values()]
  }

  get notes(): readonly string[] {
    return this.#notes
  }
}
