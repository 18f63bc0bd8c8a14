import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readmeCommands } from './command-blocks.ts'
import { expectOutput } from './expected-output.ts'
import { needCurl } from './need-curl.ts'
import { root, startService } from './running-service.ts'
import type { RunningService } from './running-service.ts'

const page = await readFile(join(root, 'docs/add-a-dataset.md'), 'utf8')
const address = 'http://127.0.0.1:8080'
/** What a build needs. */
const built = [
  'schemas',
  'connectors',
  'speed',
  'batch',
  'serving',
  'cli',
  'recordings',
  'package.json',
  'vite.config.ts',
]

let copy: string
let service: RunningService | undefined
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'tidemark-dataset-'))
  for (const each of [...built, 'tsconfig.json', 'tsconfig.build.json'])
    await cp(join(root, each), join(copy, each), { recursive: true })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const [path, text] of filesOf(page)) {
    await mkdir(dirname(join(copy, path)), { recursive: true })
    await writeFile(join(copy, path), text)
  }
  await promisify(execFile)('npm', ['run', 'build'], { cwd: copy })
  service = await startService(copy)
}, 120_000)
afterAll(async () => {
  await service?.stop()
  await rm(copy, { recursive: true, force: true })
})

it('adds a dataset that answers as the page says, in one folder', async ({ skip }) => {
  needCurl(skip)
  const commands = readmeCommands(page)
  expect(commands.length).toBe(2)
  for (const { command, expected } of commands) {
    const { stdout } = await promisify(execFile)('sh', ['-c', command.replaceAll(address, service?.url ?? '')], {
      cwd: copy,
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
