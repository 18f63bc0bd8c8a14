import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { brokenReferencesInterface } from '../../../schemas/declare/broken-references.ts'
import type { Dataset } from '../../../schemas/declare/dataset.ts'
import { droppedInterface } from '../../../schemas/declare/dropped-elements.ts'
import { layersInterface } from '../../../schemas/declare/layers-sql.ts'
import { sqlSchemas } from '../../../schemas/sql/sql-schemas.ts'
import { createSpeedViewSql, foldSql, handOverSql } from '../../../schemas/sql/fold-sql.ts'
import { tableOf } from '../../../schemas/declare/define-dataset.ts'
import { mergedSegmentsSql } from '../../../schemas/sql/segment-sql.ts'
import { ident } from '../../../schemas/sql/sql-text.ts'
import { createStagedSql } from '../../../schemas/sql/stage-events.ts'
import { incomingColumns } from '../../../schemas/sql/incoming-records.ts'
import { stageGoodSql, stageSql } from '../../../schemas/sql/stage-sql.ts'
import { publicViewsSql } from '../../../serving/replica/merged-view.ts'

/** The statements that one function derives, its file, and what they do. */
type Section = {
  readonly by: string
  readonly file: string
  readonly does: string
  readonly statements: readonly string[]
}

export const steps = ['stage', 'fold', 'merged', 'queries'] as const
export type Step = (typeof steps)[number]

/** All SQL that the layers run on the events and rows of a dataset, in the order in which the data passes it. */
export function derivedSql(dataset: DefinedDataset): Readonly<Record<Step, readonly Section[]>> {
  const { batchRows, speedRows } = sqlSchemas(dataset.name)
  const target = { batch: batchRows, speed: speedRows }
  return {
    stage: [
      {
        by: 'stageSql',
        file: 'schemas/sql/stage-sql.ts',
        does: 'This statement judges and parses the records of the table `incoming`. Its reason is the one verdict.',
        statements: [stageSql(dataset, 'incoming')],
      },
      {
        by: 'stageGoodSql',
        file: 'schemas/sql/stage-sql.ts',
        does: 'This statement does the same in less time, for accepted events that a cheap test can tell. It runs first; `stageSql` reads the rest.',
        statements: [stageGoodSql(dataset, 'incoming')],
      },
    ],
    fold: [
      {
        by: 'createSpeedViewSql',
        file: 'schemas/sql/fold-sql.ts',
        does: 'These statements make the tables of a speed view.',
        statements: createSpeedViewSql(dataset, speedRows),
      },
      {
        by: 'foldSql',
        file: 'schemas/sql/fold-sql.ts',
        does: 'These statements fold the events of the table `staged` into the speed view, in one transaction.',
        statements: foldSql(dataset, 'staged', target),
      },
      {
        by: 'handOverSql',
        file: 'schemas/sql/fold-sql.ts',
        does: 'These statements take from the speed view what a newer generation covers. Its tidemark is offset 1000 of partition 0 here.',
        statements: handOverSql(dataset, target, new Map([[0, 1000n]])),
      },
      {
        by: 'mergedSegmentsSql',
        file: 'schemas/sql/segment-sql.ts',
        does: 'A batch run that folds more than its memory holds merges what it has folded piecewise with these statements, with some rows of each table at a time if they are many.',
        statements: Object.keys(dataset.tables)
          .filter((name) => tableOf(dataset, name).kind !== 'append')
          .flatMap((name) =>
            mergedSegmentsSql(dataset, { name, segments: `${speedRows}.${ident(name)}`, merged: speedRows, parts: 1 }),
          ),
      },
    ],
    merged: [
      {
        by: 'publicViewsSql',
        file: 'serving/replica/merged-view.ts',
        does: 'These statements make the views that people query: merged, batch and speed.',
        statements: publicViewsSql(dataset),
      },
    ],
    queries: withStatements([
      {
        by: 'layersInterface',
        file: 'schemas/declare/layers-sql.ts',
        does: 'This query says how the layers make each count.',
        statements: sqlOf(layersInterface(dataset)),
      },
      {
        by: 'droppedInterface',
        file: 'schemas/declare/dropped-elements.ts',
        does: 'This query counts what the sets drop that are not declared to.',
        statements: sqlOf(droppedInterface(dataset.tables)),
      },
      {
        by: 'brokenReferencesInterface',
        file: 'schemas/declare/broken-references.ts',
        does: 'This query counts, per reference, the rows whose value is no key of the table that they refer to, and those that have a value.',
        statements: sqlOf(brokenReferencesInterface(dataset.tables)),
      },
    ]),
  }
}

/** What a dataset declares nothing for derives no query. */
function withStatements(sections: readonly Section[]): readonly Section[] {
  return sections.filter(({ statements }) => statements.length > 0)
}

function sqlOf({ queries }: Pick<Dataset, 'queries'>): readonly string[] {
  return Object.values(queries).map(({ sql }) => sql)
}

/** Statements that make what the derived ones read. */
export function tablesReadSql(dataset: DefinedDataset): readonly string[] {
  return [
    `CREATE TABLE incoming (${incomingColumns(dataset)})`,
    createStagedSql(dataset, { source: 'incoming', staged: 'staged' }),
    ...createSpeedViewSql(dataset, sqlSchemas(dataset.name).batchRows),
  ]
}
