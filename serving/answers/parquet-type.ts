import { ident, list } from '../../schemas/sql/sql-text.ts'

/** Types that Parquet holds exactly, by the engine's names. Integers beyond 64 bits have no exact form in Parquet. */
const scalars = new Set(
  [
    ['BOOLEAN', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT', 'FLOAT'],
    ['DOUBLE', 'VARCHAR', 'UUID', 'DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS'],
    ['TIMESTAMP WITH TIME ZONE'],
  ].flat(),
)

const tokenPattern = /\s*("(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*|\d+|[(),[\]])/y

/**
 * Returns the type to write a column as, or null if Parquet has no such type: the column is then written as text. The
 * type is rebuilt from its parts, because its text may come from a stranger's statement.
 */
export function parquetType(type: string): string | null {
  if (type === 'BLOB') return 'BLOB'
  if (type === 'HUGEINT') return 'DECIMAL(38,0)'
  const tokens = tokensOf(type)
  if (tokens === null) return null
  const reader = new TypeReader(tokens)
  const parsed = reader.type()
  return reader.isAtEnd ? parsed : null
}

export function isNested(type: string): boolean {
  return type.endsWith(']') || type.startsWith('STRUCT')
}

function tokensOf(type: string): readonly string[] | null {
  const tokens: string[] = []
  const pattern = new RegExp(tokenPattern)
  while (pattern.lastIndex < type.length) {
    const token = pattern.exec(type)?.[1]
    if (token === undefined) return null
    tokens.push(token)
  }
  return tokens
}

class TypeReader {
  readonly #tokens: readonly string[]
  #next = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  get isAtEnd(): boolean {
    return this.#next === this.#tokens.length
  }

  type(): string | null {
    let type = this.#plainType()
    while (type !== null && this.#take('[')) {
      if (/^\d+$/.test(this.#peek())) this.#next += 1
      type = this.#take(']') ? `${type}[]` : null
    }
    return type
  }

  #plainType(): string | null {
    if (this.#take('STRUCT')) return this.#struct()
    if (this.#take('DECIMAL')) return this.#decimal()
    const words: string[] = []
    while (/^[A-Z]/.test(this.#peek())) words.push(this.#pop())
    const name = words.join(' ')
    return scalars.has(name) ? name : null
  }

  #decimal(): string | null {
    const [open, width, comma, scale, close] = Array.from({ length: 5 }, () => this.#pop())
    const isWhole = open === '(' && comma === ',' && close === ')' && /^\d+ \d+$/.test(`${width} ${scale}`)
    return isWhole ? `DECIMAL(${width},${scale})` : null
  }

  #struct(): string | null {
    if (!this.#take('(')) return null
    const fields: string[] = []
    do {
      const name = this.#pop()
      if (name === '""' || !/^["A-Za-z_]/.test(name)) return null
      const type = this.type()
      if (type === null) return null
      fields.push(`${ident(name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name)} ${type}`)
    } while (this.#take(','))
    return this.#take(')') ? `STRUCT(${list(fields)})` : null
  }

  #peek(): string {
    return this.#tokens[this.#next] ?? ''
  }

  #pop(): string {
    const token = this.#peek()
    this.#next += 1
    return token
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false
    this.#next += 1
    return true
  }
}
