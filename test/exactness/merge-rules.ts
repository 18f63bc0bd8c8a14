import { createSpeedViewSql, foldSql, handOverSql } from '../../schemas/fold-sql.ts'
import type { FoldTarget } from '../../schemas/fold-sql.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { mergedSql } from '../../schemas/table-sql.ts'
import type { Tidemark } from '../../schemas/tidemark.ts'

/** The derived SQL of the merge rules, as one value that a test may damage. */
export type MergeRules = {
  readonly create: (schema: string) => readonly string[]
  readonly fold: (staged: string, target: FoldTarget) => readonly string[]
  readonly handOver: (target: FoldTarget, tidemark: Tidemark) => readonly string[]
  readonly merged: (name: string, target: FoldTarget) => string
}

export const derivedRules: MergeRules = {
  create: (schema) => createSpeedViewSql(rsvp, schema),
  fold: (staged, target) => foldSql(rsvp, staged, target),
  handOver: (target, tidemark) => handOverSql(rsvp, target, tidemark),
  merged: (name, target) => mergedSql(rsvp, { name, ...target }),
}
