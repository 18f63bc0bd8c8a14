/** What `import { ... } from 'tidemark'` offers to a module that declares a dataset. */
export { defineDataset } from './define-dataset.ts'
export type { DefinedDataset } from './define-dataset.ts'
export { loadSql } from './load-sql.ts'
export type {
  AppendTable,
  Column,
  ColumnType,
  Contract,
  Count,
  Dataset,
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
} from './dataset.ts'
