import type { ColumnType } from '../../../../schemas/declare/column-types.ts'
import type { TimeForm } from '../../../../schemas/declare/dataset.ts'
import { Names } from '../infer/names.ts'

export type ColumnPlan = {
  readonly name: string
  readonly path: string
  readonly type: ColumnType
  readonly from?: TimeForm
}

/** A table while it is made up. */
export class TablePlan {
  readonly name: string
  kind: 'latest' | 'set' | 'append'
  /** What was guessed, for whoever reads the declaration. */
  readonly notes: string[] = []
  readonly key: string[] = []
  readonly columns: ColumnPlan[] = []
  /** By column, what it refers to. */
  readonly references = new Map<string, string>()
  readonly distinct: string[] = []
  readonly names = new Names()
  array?: string
  entries?: string
  owner?: TablePlan
  when?: { readonly path: string; readonly in: readonly string[] }

  constructor(name: string, kind: TablePlan['kind']) {
    this.name = name
    this.kind = kind
  }

  /** Adds a column unless there is one of that path, and returns its name. */
  add({ name, ...column }: ColumnPlan): string {
    const there = this.columns.find(({ path }) => path === column.path)
    if (there !== undefined) return there.name
    const free = this.names.take(name, column.type === 'TIMESTAMPTZ' ? '_time' : '_value')
    this.columns.push({ name: free, ...column })
    return free
  }

  addKey(column: ColumnPlan): void {
    this.key.push(this.add(column))
  }
}
