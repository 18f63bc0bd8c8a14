import { reservedWords, sqlWords } from '../../../../schemas/declare/reserved-words.ts'

const lengthMax = 50

/** The name in lower case with `_` between its words; it begins with a letter. */
export function snakeCase(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_')
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()
    .slice(0, lengthMax)
    .replaceAll(/^_+|_+$/g, '')
  if (plain === '') return 'field'
  return /^[a-z]/.test(plain) ? plain : `n_${plain}`
}

/** The name of a constant of the contract. */
export function pascalCase(name: string): string {
  return snakeCase(name)
    .split('_')
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('')
}

/** One of several. */
export function singular(name: string): string {
  if (name.endsWith('ies')) return `${name.slice(0, -3)}y`
  if (/(ch|sh|ss|x)es$/.test(name)) return name.replace(/es$/, '')
  return /[^s]s$/.test(name) ? name.slice(0, -1) : name
}

/** The nearest name that a dataset can have. */
export function datasetName(wanted: string): string {
  const plain = snakeCase(wanted).replaceAll('_', '')
  return reservedWords.has(plain) || plain in Object.prototype ? `${plain}s` : plain
}

/** Beside the words of SQL: what a table or a column would hide, or be hidden by. */
const otherWords = ['rejected', 'rowid', 'merged']

/** Names of one kind, each of which is given once. */
export class Names {
  readonly #taken: Set<string>

  constructor(taken: readonly string[] = []) {
    this.#taken = new Set(taken)
  }

  has(name: string): boolean {
    return this.#taken.has(name)
  }

  /** The name itself or, if it is a word of SQL or was given before, one that is near it. */
  take(wanted: string, ifReserved: string): string {
    const isReserved = sqlWords.has(wanted) || otherWords.includes(wanted) || wanted in Object.prototype
    const name = isReserved ? `${wanted}${ifReserved}` : wanted
    const free = this.#taken.has(name) ? this.#numbered(name) : name
    this.#taken.add(free)
    return free
  }

  #numbered(name: string): string {
    let n = 2
    while (this.#taken.has(`${name}_${n}`)) n += 1
    return `${name}_${n}`
  }
}

/** The field is named like something that identifies; the lower, the more so. */
export function idRank(name: string): number | undefined {
  const ranks = [/(^|_)(id|uuid|guid)$/, /(^|_)key$/, /(^|_)number$/]
  const rank = ranks.findIndex((pattern) => pattern.test(snakeCase(name)))
  return rank < 0 ? undefined : rank
}

/** `order` of `order_id`; empty for a name that says nothing more. */
export function entityOf(name: string): string {
  return snakeCase(name).replace(/_?(id|uuid|guid|key|number)$/, '')
}

export function isTimeName(name: string): boolean {
  return /((^|_)(ts|at|date|when|created|updated|modified|occurred|day)|time|timestamp)(_(s|ms|us|utc))?$/.test(
    snakeCase(name),
  )
}

export function isMoneyName(name: string): boolean {
  return /(^|_)(price|amount|total|subtotal|cost|fee|tax|vat|discount|balance|revenue|fare|salary|sum|paid|charge|refund|net|gross|money)s?(_|$)/.test(
    snakeCase(name),
  )
}
