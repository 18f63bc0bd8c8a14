import { readFileSync } from 'node:fs'

/** The text of a SQL file beside the calling module. The build copies these files. */
export function loadSql(moduleUrl: string, path: string): string {
  return readFileSync(new URL(path, moduleUrl), 'utf8')
}
