import { openFileSource } from '../../../connectors/sources/file-source.ts'
import { openHttpSource } from '../../../connectors/sources/http-source.ts'
import type { LineSource, LiveSourceOptions } from '../../../connectors/sources/line-source.ts'
import { openS3Source } from '../../../connectors/sources/s3-source.ts'
import { openStdinSource } from '../../../connectors/sources/stdin-source.ts'
import { openWebSocketSource } from '../../../connectors/sources/websocket-source.ts'
import type { S3StoreOptions } from '../../../connectors/s3/client.ts'

export type OpenSourceOptions = LiveSourceOptions & { readonly s3: Pick<S3StoreOptions, 'endpoint' | 'clientConfig'> }

/** What `openSource` opens, in words. */
export const sourceForms = 'a file, - for standard input, http(s)://, ws(s)://, s3://'

/** Opens the source that an address names; null if its scheme is none of ours. */
export function openSource(name: string, { s3, ...options }: OpenSourceOptions): LineSource | null {
  if (name === '-') return openStdinSource(process.stdin, options)
  switch (/^([a-z0-9]+):\/\//.exec(name)?.[1]) {
    case undefined:
      return openFileSource(name, options)
    case 'http':
    case 'https':
      return openHttpSource(name, options)
    case 'ws':
    case 'wss':
      return openWebSocketSource(name, options)
    case 's3':
      return openS3Source(name, { ...options, ...s3 })
    default:
      return null
  }
}
