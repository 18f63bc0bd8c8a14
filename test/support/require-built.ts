import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Call it before a test starts processes, which run the built code. Without it they would end at once, and the test
 * would wait for them until its time-out.
 */
export function requireBuilt(home: string = new URL('../..', import.meta.url).pathname): void {
  if (existsSync(join(home, 'dist/cli/tidemark.cjs'))) return
  throw new Error(`nothing is built in ${home}, and processes run the built code: \`npm run build\` first`)
}
