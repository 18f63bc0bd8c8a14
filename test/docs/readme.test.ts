import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ReadmeCommand, readmeCommands } from './command-blocks.ts'
import { expectOutput } from './expected-output.ts'
import { needCurl } from './need-curl.ts'
import { root, type RunningService, startService, untilReplayed } from './running-service.ts'

const pages = ['README.md', 'docs/read-from-other-tools.md']
const commands = pages.flatMap((page) => readmeCommands(readFileSync(join(root, page), 'utf8')))
const address = 'http://127.0.0.1:8080'

/** Run by `.ci/run`, which does to a clone what a new user does. */
const runInCi = ['npm ci && npm start', 'npm ci && npm test']
/** There may be no daemon: `compose.test.ts` holds the file to the code. */
const isForDocker = ({ command }: ReadmeCommand): boolean => command.startsWith('docker compose ')
const asksService = ({ command }: ReadmeCommand): boolean =>
  /^(curl |node dist\/cli\/tidemark\.cjs (?!start\b))/.test(command)

describe('the commands of README and docs', () => {
  let service: RunningService

  beforeAll(async () => {
    service = await startService()
    await untilReplayed(service)
  })
  afterAll(() => service.stop())

  it('are known: each is run here or in CI, or is for Docker', () => {
    const unknown = commands.filter(
      (entry) => !runInCi.includes(entry.command) && !isForDocker(entry) && !asksService(entry),
    )
    expect(unknown).toEqual([])
    expect(commands.map(({ command }) => command)).toEqual(expect.arrayContaining(runInCi))
    expect(commands.filter(asksService).length).toBeGreaterThan(3)
    expect(commands.filter(({ expected }) => expected !== null)).not.toEqual([])
  })

  it.for(commands.filter(asksService))('$command', async ({ command, expected }, { skip }) => {
    if (command.startsWith('curl ')) needCurl(skip)
    const { stdout } = await promisify(execFile)('sh', ['-c', command.replaceAll(address, service.url)], {
      cwd: root,
      env: service.env,
    })
    expect(stdout).not.toBe('')
    if (expected !== null) expectOutput(stdout, expected)
  })
})

describe('the extraction', () => {
  const fence = '```'

  it('finds commands over several lines and the output that follows', () => {
    const markdown = `${fence}sh\n# a comment\none\ntwo \\\n  -d 'a\nb'\n${fence}\n\n${fence}json\n{"a":1}\n${fence}\n${fence}sh\nthree\n${fence}\nWords.\n${fence}text\nno output\n${fence}\n${fence}sh\nfour\n${fence}\n${fence}mermaid\nerDiagram\n${fence}\n`
    expect(readmeCommands(markdown)).toEqual([
      { command: 'one', expected: null },
      { command: "two \\\n  -d 'a\nb'", expected: { language: 'json', text: '{"a":1}' } },
      { command: 'three', expected: null },
      { command: 'four', expected: { language: 'mermaid', text: 'erDiagram' } },
    ])
  })

  it('notices output that differs from what is shown', () => {
    const shown = { language: 'json', text: '{"rows":[{"n":864}],"elapsed_ms":1}' } as const
    expectOutput('{"rows":[{"n":864}],"elapsed_ms":2,"truncated":false}', shown)
    expect(() => expectOutput('{"rows":[{"n":865}],"elapsed_ms":1}', shown)).toThrow(/865/)
    expectOutput('a 1\nb\n', { language: 'text', text: 'a ...\nb' })
    expect(() => expectOutput('a 1\nc\n', { language: 'text', text: 'a ...\nb' })).toThrow(/c/)
  })
})
