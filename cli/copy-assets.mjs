/**
 * Completes a build: whatever is no TypeScript, SQL above all, goes beside the built modules that read it. The dashboard has a
 * build of its own.
 */
import { cpSync, statSync } from 'node:fs'

for (const folder of ['schemas', 'serving']) {
  cpSync(folder, `dist/${folder}`, {
    recursive: true,
    filter: (path) => (statSync(path).isDirectory() ? path !== 'serving/dashboard' : !path.endsWith('.ts')),
  })
}
