import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { createSpeedViewSql, foldSql, handOverSql } from '../../schemas/sql/fold-sql.ts'
import type { FoldTarget } from '../../schemas/sql/fold-sql.ts'
import { mergedSql } from '../../schemas/sql/table-sql.ts'
import type { Tidemark } from '../../schemas/formats/tidemark.ts'

/** The derived SQL of the merge rules, as one value that a test may damage. */
export type MergeRules = {
  readonly create: (schema: string) => readonly string[]
  readonly fold: (staged: string, target: FoldTarget) => readonly string[]
  readonly handOver: (target: FoldTarget, tidemark: Tidemark) => readonly string[]
  readonly merged: (name: string, target: FoldTarget) => string
}

export function derivedRules(dataset: DefinedDataset): MergeRules {
  return {
    create: (schema) => createSpeedViewSql(dataset, schema),
    fold: (staged, target) => foldSql(dataset, staged, target),
    handOver: (target, tidemark) => handOverSql(dataset, target, tidemark),
    merged: (name, target) => mergedSql(dataset, { name, ...target }),
  }
}
