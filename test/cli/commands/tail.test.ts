import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { addTailCommand } from '../../../cli/commands/tail/tail.ts'
import { openEmbeddedLog } from '../../../connectors/embedded/log.ts'
import type { NewRecord } from '../../../schemas/ports/log.ts'
import { Tidemark } from '../run-tidemark.ts'

let tidemark: Tidemark

beforeEach(async () => {
  tidemark = await Tidemark.open()
})

afterEach(async () => {
  await tidemark.close()
})

/** As `tidemark tail` in a shell, its output as it comes. */
function tail(...args: readonly string[]) {
  const [stdout, stderr]: [string[], string[]] = [[], []]
  const spies = [capture(process.stdout, stdout), capture(process.stderr, stderr)]
  const program = new Command('tidemark').exitOverride()
  addTailCommand(program, tidemark.env)
  const code = program.parseAsync(['tail', ...args], { from: 'user' }).then(() => {
    const exitCode = process.exitCode
    process.exitCode = undefined
    return exitCode
  })
  void code.finally(() => spies.forEach((spy) => spy.mockRestore()))
  return { code, text: () => stdout.join(''), complaint: () => stderr.join('') }
}

function capture(stream: NodeJS.WriteStream, into: string[]) {
  return vi.spyOn(stream, 'write').mockImplementation((chunk, encodingOrDone, done) => {
    into.push(Buffer.from(chunk).toString())
    const callBack = typeof encodingOrDone === 'function' ? encodingOrDone : done
    callBack?.(null)
    return true
  })
}

async function append(
  topic: string,
  values: readonly (string | Uint8Array)[],
  key: string | null = null,
): Promise<void> {
  const log = await openEmbeddedLog({ folder: join(tidemark.folder, 'log'), partitionCount: 1 })
  const records: NewRecord[] = values.map((value) => ({
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(value),
  }))
  await log.ensureTopic(topic)
  await log.append(topic, records)
  await log.close()
}

describe('tidemark tail', () => {
  it('shows what a topic holds, a line for each record, and ends after as many as asked', async () => {
    await append('rsvp', ['of another topic'])
    await append('rsvp.trending', ['one', 'two', 'three'])
    const { code, text } = tail('rsvp.trending', '--from', 'start', '-n', '2')
    expect([await code, text()]).toEqual([0, 'one\ntwo\n'])
  })

  it.each([
    [['--from', '1'], 'two\nthree\n'],
    [['--from', '-1'], 'three\n'],
    [['--from', '-9'], 'one\ntwo\nthree\n'],
  ])('begins where it is told: %j', async (from, expected) => {
    await append('rsvp', ['one', 'two', 'three'])
    const count = String(expected.split('\n').length - 1)
    const { code, text } = tail('rsvp', ...from, '--count', count)
    expect([await code, text()]).toEqual([0, expected])
  })

  it('gives JSON with partition, offset, time and key; bytes that are no text as base64', async () => {
    await append('rsvp', ['{"a": "ü\\n"}'], 'k')
    await append('rsvp', [new Uint8Array([0xff])])
    const { code, text } = tail('rsvp', '--from', 'start', '--count', '2', '--json')
    expect(await code).toBe(0)
    const timestamp = expect.stringMatching(/^\d{4}-.*Z$/)
    expect(
      text()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { partition: 0, offset: '0', timestamp, key: 'k', value: '{"a": "ü\\n"}' },
      { partition: 0, offset: '1', timestamp, key: null, value_base64: '/w==' },
    ])
  })

  it('names the topics there are when asked for another', async () => {
    await append('rsvp', ['one'])
    const { code, text, complaint } = tail('rsvp.trendy')
    expect([await code, text()]).toEqual([2, ''])
    expect(complaint()).toMatch(/has no topic rsvp\.trendy; there are rsvp\n/)
  })

  it('refuses places that are none, and those behind the end', async () => {
    await append('rsvp', ['one'])
    for (const from of ['here', '2', '1.5']) {
      const { code, complaint } = tail('rsvp', '--from', from)
      expect([from, await code]).toEqual([from, 2])
      expect(complaint()).toContain(`--from ${from}`)
    }
  })
})
