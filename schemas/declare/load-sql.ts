import { readFileSync } from 'node:fs'

/** The text of a SQL file that lies beside the module that asks. Built code has the files beside it too. */
export function loadSql(moduleUrl: string, path: string): string {
  return readFileSync(new URL(path, moduleUrl), 'utf8')
}
