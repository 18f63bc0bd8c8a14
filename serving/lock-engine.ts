import type { DuckDBConnection } from '@duckdb/node-api'
import { literal } from '../schemas/sql-text.ts'

export type EngineLock = {
  /** What may still be attached: the folder of native tables. Everything else on disk is out of reach, spilling apart. */
  readonly readableFolder: string
  /** How much the engine may spill to disk. */
  readonly spillBytesMax: number
}

/**
 * Takes files, the network, extensions and settings away from an engine, for good. What needs them comes before: loading
 * raw chunks from files, for example. Sessions that are opened later are in UTC without setting it, and cannot set it.
 */
export async function lockEngine(
  connection: DuckDBConnection,
  { readableFolder, spillBytesMax }: EngineLock,
): Promise<void> {
  const settings = [
    `GLOBAL TimeZone = 'UTC'`,
    `max_temp_directory_size = '${Math.floor(spillBytesMax / 1024)}KiB'`,
    'autoinstall_known_extensions = false',
    'autoload_known_extensions = false',
    'allow_community_extensions = false',
    'allow_persistent_secrets = false',
    `allowed_directories = [${literal(readableFolder)}]`,
    'enable_external_access = false',
    'lock_configuration = true',
  ]
  for (const setting of settings) await connection.run(`SET ${setting}`)
}
