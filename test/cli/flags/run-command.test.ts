import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Closers } from '../../../cli/parts/closers.ts'
import { runCommand } from '../../../cli/flags/run-command.ts'
import { AppError } from '../../../schemas/errors.ts'

let folder: string
let said: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-command-'))
  said = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.push(String(text))
    return true
  })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

const brokenPart = {
  close() {
    throw new Error('it is stuck')
  },
}

describe('a command that fails', () => {
  it('says what made it fail last, also where its parts do not close', async () => {
    const code = await runCommand({ TIDEMARK_DATA_DIR: folder }, {}, async (parts) => {
      parts.closers.add('part', brokenPart)
      throw new AppError('STORE_UNSAFE', 'the cause')
    })
    expect(code).toBe(1)
    expect(said.at(-1)).toBe('tidemark: the cause\n')
    expect(said.at(-2)).toMatch('not everything closed: part (it is stuck)')
  })

  it('has failed where only its parts did not close', async () => {
    const code = await runCommand({ TIDEMARK_DATA_DIR: folder }, {}, async (parts) => {
      parts.closers.add('part', brokenPart)
    })
    expect(code).toBe(1)
    expect(said.at(-1)).toMatch('not everything closed: part (it is stuck)')
  })
})

describe('a data folder that can never be', () => {
  it('is a fault of the configuration: it ends at once, and says why', async () => {
    await writeFile(join(folder, 'file'), '')
    const run = vi.fn<() => Promise<void>>()
    const impossible = [join(folder, 'file'), ...(process.platform === 'linux' ? ['/proc/tidemark'] : [])]
    for (const path of impossible) {
      expect(await runCommand({ TIDEMARK_DATA_DIR: path }, {}, run)).toBe(2)
      expect(said.at(-1)).toMatch(`TIDEMARK_DATA_DIR: ${path} cannot be written to`)
    }
    expect(run).not.toHaveBeenCalled()
  })
})

describe('closers', () => {
  it('close newest first, and the others also where one fails', async () => {
    const closers = new Closers()
    const closed: string[] = []
    closers.add('first', { close: () => closed.push('first') })
    closers.add('second', brokenPart)
    closers.add('third', { close: () => closed.push('third') })
    expect(closers.open()).toEqual(['third', 'second', 'first'])
    await expect(closers.close()).rejects.toThrow('second (it is stuck)')
    expect(closed).toEqual(['third', 'first'])
    expect(closers.open()).toEqual([])
    await closers.close()
  })
})
