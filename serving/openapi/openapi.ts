import { datasetPaths, sharedPaths } from './paths.ts'
import { ref, sharedSchemas } from './schemas.ts'
import type { OpenApi } from './types.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { ApiKey } from '../http/api-keys.ts'
import type { SqlLimits } from '../requests/sql-request.ts'

export type Described = {
  readonly datasets: readonly DefinedDataset[]
  readonly limits: SqlLimits
  readonly apiKeys: readonly ApiKey[] | null
  readonly version: string
}

/** Derived from the datasets, so that every declared table, query and feed is described. */
export function openApi({ datasets, limits, apiKeys, version }: Described): OpenApi {
  const keys = {
    bearer: { type: 'http', scheme: 'bearer' },
    header: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
  } as const
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidemark',
      version,
      description:
        'Answers about a live stream of events, as if all of its history were one SQL database that is always up to date.',
    },
    paths: {
      ...Object.fromEntries(datasets.flatMap((dataset) => Object.entries(datasetPaths(dataset, limits)))),
      ...sharedPaths(limits),
    },
    components: {
      schemas: sharedSchemas,
      responses: {
        Problem: {
          description: 'What went wrong.',
          content: { 'application/problem+json': { schema: ref('Problem') } },
        },
      },
      ...(apiKeys === null ? {} : { securitySchemes: keys }),
    },
    ...(apiKeys === null ? {} : { security: [{ bearer: [] }, { header: [] }] }),
  }
}
