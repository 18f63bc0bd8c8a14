import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { sqlSchemas } from '../../schemas/sql/sql-schemas.ts'
import { ident } from '../../schemas/sql/sql-text.ts'
import { mergedSql, noRowsSql, sideSql } from '../../schemas/sql/table-sql.ts'
import type { NativeFile } from './native-tables.ts'

/** Creates the three schemas that people query: the merged view and its two sides. A hand-over does not change them. */
export async function createPublicViews(session: Session, dataset: DefinedDataset): Promise<void> {
  for (const sql of publicViewsSql(dataset)) await session.run(sql)
}

/** Returns the statements of `createPublicViews`. */
export function publicViewsSql(dataset: DefinedDataset): readonly string[] {
  const { merged, batch, speed, batchRows, speedRows } = sqlSchemas(dataset.name)
  return [
    ...[merged, batch, speed].map((schema) => `CREATE SCHEMA ${schema}`),
    ...Object.keys(dataset.tables).flatMap((name) => {
      const table = ident(name)
      return [
        `CREATE VIEW ${merged}.${table} AS ${mergedSql(dataset, { name, batch: batchRows, speed: speedRows })}`,
        `CREATE VIEW ${batch}.${table} AS ${sideSql(dataset, batchRows, name)}`,
        `CREATE VIEW ${speed}.${table} AS ${sideSql(dataset, speedRows, name)}`,
      ]
    }),
  ]
}

/** Returns the statements that point the batch side at a generation's native files, which must be attached. */
export function batchViewSql(
  dataset: DefinedDataset,
  natives: Readonly<Record<string, readonly NativeFile[]>>,
): readonly string[] {
  const { batchRows, speedRows } = sqlSchemas(dataset.name)
  return Object.keys(dataset.tables).map((name) => {
    const files = natives[name] ?? []
    const rows =
      files.length === 0
        ? noRowsSql(speedRows, name)
        : files.map(({ alias }) => `SELECT * FROM ${ident(alias)}.rows`).join(' UNION ALL ')
    return `CREATE OR REPLACE VIEW ${batchRows}.${ident(name)} AS ${rows}`
  })
}
