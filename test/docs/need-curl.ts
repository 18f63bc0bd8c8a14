import { spawnSync } from 'node:child_process'

/** Skips a test where curl is not installed; in CI that fails. */
export function needCurl(skip: (reason: string) => never): void {
  if (spawnSync('curl', ['--version']).error === undefined) return
  if (process.env['CI'] === 'true') throw new Error('CI runs every command: curl is not installed')
  skip('curl is not installed')
}
