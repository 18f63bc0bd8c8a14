import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import type { Recount } from '../../oracle/recount.ts'
import type { Recording } from '../../oracle/recording.ts'
import type { TableColumns } from '../../oracle/rows.ts'
import type { WorldKeys } from './worlds.ts'

/** A dataset and what a test of its exactness needs to know of it, none of it read from the declaration. */
export type Subject = {
  readonly dataset: DefinedDataset
  readonly tables: TableColumns
  readonly createRecount: () => Recount
  readonly recording: Recording
  readonly keys: WorldKeys
}
