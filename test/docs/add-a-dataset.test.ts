import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CopiedCheckout, copyCheckout } from '../support/copied-checkout.ts'
import { readmeCommands } from './command-blocks.ts'
import { expectOutput } from './expected-output.ts'
import { needCurl } from './need-curl.ts'
import { root, startService } from './running-service.ts'
import type { RunningService } from './running-service.ts'

const page = await readFile(join(root, 'docs/add-a-dataset.md'), 'utf8')
const address = 'http://127.0.0.1:8080'
let copy: CopiedCheckout
let service: RunningService | undefined
beforeAll(async () => {
  copy = await copyCheckout()
  for (const [path, text] of filesOf(page)) {
    await mkdir(dirname(join(copy.folder, path)), { recursive: true })
    await writeFile(join(copy.folder, path), text)
  }
  await promisify(execFile)('npm', ['run', 'build'], { cwd: copy.folder })
  service = await startService(copy.folder)
}, 120_000)
afterAll(async () => {
  await service?.stop()
  await copy.remove()
})

it('adds a dataset that answers as the page says, in one folder', async ({ skip }) => {
  needCurl(skip)
  const commands = readmeCommands(page)
  expect(commands.length).toBe(2)
  for (const { command, expected } of commands) {
    const { stdout } = await promisify(execFile)('sh', ['-c', command.replaceAll(address, service?.url ?? '')], {
      cwd: copy.folder,
    })
    if (expected === null) throw new Error(`the page does not show what ${command} answers`)
    expectOutput(stdout, expected)
  }
})

/** The fenced blocks that follow a line with a path. */
function filesOf(markdown: string): readonly (readonly [string, string])[] {
  return [...markdown.matchAll(/^`([\w./-]+)`\n\n```\w+\n([\s\S]*?)^```$/gm)].map(([, path, text]) => [
    path ?? '',
    text ?? '',
  ])
}
