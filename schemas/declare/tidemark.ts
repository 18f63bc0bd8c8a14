/** What `import { ... } from 'tidemark'` offers to a module that declares a dataset. */
export { defineDataset } from './define-dataset.ts'
export type { DefinedDataset } from './define-dataset.ts'
export type { ColumnType, ScalarType } from './column-types.ts'
export { loadSql } from './load-sql.ts'
export type {
  AppendTable,
  Column,
  ComputedColumn,
  Contract,
  Count,
  Dataset,
  Deletes,
  Example,
  Feed,
  FeedAnswer,
  Filter,
  GeneratedEvent,
  Generator,
  LatestTable,
  NamedQuery,
  Panel,
  Parameter,
  ParameterType,
  SetTable,
  Table,
  TimeForm,
  When,
} from './dataset.ts'
