import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { schemasOf } from '../../schemas/ports/speed-view.ts'
import { ident } from '../../schemas/sql/sql-text.ts'
import { mergedSql, noRowsSql, publicColumns } from '../../schemas/sql/table-sql.ts'
import type { NativeFile } from './native-tables.ts'

/** Makes the three schemas people query: the merged view and its two sides. They need not change at a hand-over. */
export async function createPublicViews(session: Session, dataset: DefinedDataset): Promise<void> {
  const { merged, batch, speed, batchRows, speedRows } = schemasOf(dataset.name)
  for (const schema of [merged, batch, speed]) await session.run(`CREATE SCHEMA ${schema}`)
  for (const name of Object.keys(dataset.tables)) {
    const [table, columns] = [ident(name), publicColumns(dataset, name)]
    await session.run(
      `CREATE VIEW ${merged}.${table} AS ${mergedSql(dataset, { name, batch: batchRows, speed: speedRows })}`,
    )
    await session.run(`CREATE VIEW ${batch}.${table} AS SELECT ${columns} FROM ${batchRows}.${table}`)
    await session.run(`CREATE VIEW ${speed}.${table} AS SELECT ${columns} FROM ${speedRows}.${table}`)
  }
}

/** Statements that point the batch side at a generation's native files, which are attached. */
export function batchViewSql(
  dataset: DefinedDataset,
  natives: Readonly<Record<string, readonly NativeFile[]>>,
): readonly string[] {
  const { batchRows, speedRows } = schemasOf(dataset.name)
  return Object.keys(dataset.tables).map((name) => {
    const files = natives[name] ?? []
    const rows =
      files.length === 0
        ? noRowsSql(speedRows, name)
        : files.map(({ alias }) => `SELECT * FROM ${ident(alias)}.rows`).join(' UNION ALL ')
    return `CREATE OR REPLACE VIEW ${batchRows}.${ident(name)} AS ${rows}`
  })
}
