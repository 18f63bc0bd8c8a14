import { literal } from '../../schemas/sql/sql-text.ts'

export type EngineLock = {
  /**
   * The folder of native tables, which may still be attached. No other file can be reached, except those that the
   * engine spills.
   */
  readonly readableFolder: string
  /** How much the engine may spill to disk. */
  readonly spillBytesMax: number
}

/**
 * Statements that take files, the network, extensions and settings away from an engine, for good. Do everything that
 * needs these before, for example loading raw chunks from files. Connections opened later are in UTC, and setting their
 * time zone fails.
 */
export function lockStatements({ readableFolder, spillBytesMax }: EngineLock): readonly string[] {
  return [
    `SET GLOBAL TimeZone = 'UTC'`,
    `SET max_temp_directory_size = '${Math.floor(spillBytesMax / 1024)}KiB'`,
    'SET autoinstall_known_extensions = false',
    'SET autoload_known_extensions = false',
    'SET allow_community_extensions = false',
    'SET allow_persistent_secrets = false',
    `SET allowed_directories = [${literal(readableFolder)}]`,
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ]
}
