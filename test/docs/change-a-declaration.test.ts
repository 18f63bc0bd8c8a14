import { execFile } from 'node:child_process'
import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { OwnersFolder } from '../support/owned-datasets.ts'
import { requireBuilt } from '../support/require-built.ts'
import { filesOf, readmeCommands } from './command-blocks.ts'
import { expectOutput } from './expected-output.ts'
import { needCurl } from './need-curl.ts'
import { root, startService } from './running-service.ts'
import type { RunningService } from './running-service.ts'

const page = await readFile(join(root, 'docs/change-a-declaration.md'), 'utf8')
const address = 'http://127.0.0.1:8080'
/** What the page begins in: a clone, and the dataset's folder beside it. */
let owner: OwnersFolder
let service: RunningService | undefined
beforeAll(async () => {
  requireBuilt()
  owner = await OwnersFolder.open()
  await symlink(root, join(owner.path, 'tidemark'))
  for (const [path, text] of filesOf(page)) await owner.write(path, text)
})
afterAll(async () => {
  await service?.stop()
  await owner.remove()
})

it('goes from one declaration to the next as the page says', { timeout: 300_000 }, async ({ skip }) => {
  needCurl(skip)
  const commands = readmeCommands(page)
  expect(commands.length).toBe(11)
  const data = { TIDEMARK_DATA_DIR: join(owner.path, 'data'), BATCH_CRON: '0 0 1 1 *' }
  for (const { command, expected } of commands) {
    if (command.includes(' start ')) {
      await service?.stop()
      service = await startService(command, { cwd: owner.path, variables: data })
      continue
    }
    const { stdout } = await promisify(execFile)('sh', ['-c', command.replaceAll(address, service?.url ?? '')], {
      cwd: owner.path,
      env: { ...process.env, ...data },
    })
    if (expected !== null) expectOutput(stdout, expected)
  }
})
