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

const page = await readFile(join(root, 'docs/add-a-dataset.md'), 'utf8')
const address = 'http://127.0.0.1:8080'
const [init, start, ...questions] = readmeCommands(page)
/** What the page begins in: a clone, and the dataset's folder beside it. */
let owner: OwnersFolder
let service: RunningService | undefined
beforeAll(async () => {
  requireBuilt()
  owner = await OwnersFolder.open()
  await symlink(root, join(owner.path, 'tidemark'))
  for (const [path, text] of filesOf(page)) await owner.write(path, text)
  service = await startService(start?.command, { cwd: owner.path })
}, 120_000)
afterAll(async () => {
  await service?.stop()
  await owner.remove()
})

it('writes a dataset from the sample that the page shows', async () => {
  expect(init?.command).toBe('node tidemark/dist/cli/tidemark.cjs init shop --from orders.ndjson')
  const { stdout } = await promisify(execFile)('sh', ['-c', init?.command ?? ''], { cwd: owner.path })
  if (init?.expected === null || init === undefined) throw new Error('the page does not show what init says')
  expectOutput(stdout, init.expected)
})

it('adds a dataset that answers as the page says, in a folder of its own', async ({ skip }) => {
  needCurl(skip)
  expect(start?.command).toBe('node tidemark/dist/cli/tidemark.cjs start --datasets ./parking')
  expect(questions.length).toBe(4)
  for (const { command, expected } of questions) {
    const { stdout } = await promisify(execFile)('sh', ['-c', command.replaceAll(address, service?.url ?? '')], {
      cwd: owner.path,
    })
    if (expected === null) throw new Error(`the page does not show what ${command} answers`)
    expectOutput(stdout, expected)
  }
})
