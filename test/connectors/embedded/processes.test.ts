import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openEmbeddedLog } from '../../../connectors/embedded/log.ts'
import type { EventLog } from '../../../schemas/ports/log.ts'
import { collect, settled, textsOf } from '../../support/follow-log.ts'
import { requireBuilt } from '../../support/require-built.ts'

const script = fileURLToPath(new URL('append-process.mjs', import.meta.url))

let folder: string
let running: ChildProcess[]

beforeEach(async () => {
  requireBuilt()
  folder = await mkdtemp(join(tmpdir(), 'tidemark-log-'))
  running = []
})

afterEach(async () => {
  for (const child of running) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

function startWriter(
  writer: string,
  { appends, records, partitions }: { appends: number; records: number; partitions: number },
) {
  const args = { folder, topic: 't', writer, appends, records, partitions }
  const child = spawn(
    process.execPath,
    [script, ...Object.entries(args).map(([name, value]) => `--${name}=${value}`)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  running.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exit = once(child, 'exit')
  const nextLine = async () => {
    const line = await lines.next()
    return line.done === true ? null : line.value
  }
  return { child, exit, nextLine }
}

async function allTexts(log: EventLog): Promise<string[]> {
  const bounds = await log.bounds('t')
  const until = new Map([...bounds].map(([partition, { nextOffset }]) => [partition, nextOffset]))
  return textsOf(await collect(log, 't', { from: new Map(), until })).map((text) =>
    text.slice(0, text.lastIndexOf('/')),
  )
}

it('has one identity for processes that create it at the same time', async () => {
  const writers = ['a', 'b', 'c', 'd'].map((name) => startWriter(name, { appends: 1, records: 1, partitions: 1 }))
  const identities = await Promise.all(writers.map(({ nextLine }) => nextLine()))
  expect(new Set(identities).size).toBe(1)
  expect(await Promise.all(writers.map(({ exit }) => exit))).toEqual(writers.map(() => [0, null]))
})

it.each([1, 3])('lets several processes append while another follows, %i partition(s)', async (partitions) => {
  const log = await openEmbeddedLog({ folder, partitionCount: partitions, mapSizeBytes: 1024 * 1024 })
  await log.ensureTopic('t')
  const [appends, records] = [40, 50]
  const seen: string[] = []
  const ends = new Map<number, bigint>()
  const delivered = settled()
  const follower = log.follow('t', new Map(), async (slice) => {
    expect(slice.firstOffset).toBe(ends.get(slice.partition) ?? 0n)
    ends.set(slice.partition, slice.nextOffset)
    seen.push(...textsOf([slice]).map((text) => text.slice(0, text.lastIndexOf('/'))))
    if (seen.length === 2 * appends * records) delivered.resolve()
  })
  const writers = ['a', 'b'].map((name) => startWriter(name, { appends, records, partitions }))
  await Promise.race([delivered.promise, follower.ended])
  await follower.close()
  expect(new Set(seen).size).toBe(2 * appends * records)
  expect(await Promise.all(writers.map(({ exit }) => exit))).toEqual([
    [0, null],
    [0, null],
  ])
  await log.close()
})

it('keeps every acknowledged append of a killed process, whole, and the others go on', async () => {
  const log = await openEmbeddedLog({ folder, partitionCount: 2, mapSizeBytes: 1024 * 1024 })
  await log.ensureTopic('t')
  for (const acknowledgedMin of [1, 7, 20]) {
    const writer = `killed after ${acknowledgedMin}`
    const { child, exit, nextLine } = startWriter(writer, { appends: 100_000, records: 5, partitions: 2 })
    await nextLine()
    for (let i = 0; i < acknowledgedMin; i += 1) await nextLine()
    child.kill('SIGKILL')
    let acknowledged = acknowledgedMin
    while ((await nextLine()) !== null) acknowledged += 1
    expect(await exit).toEqual([null, 'SIGKILL'])
    await log.append('t', [{ key: null, value: Buffer.from('still/here/') }])
    const committed = Number(await log.sourcePosition('t', writer)) + 1
    expect(committed).toBeGreaterThanOrEqual(acknowledged)
    const kept = (await allTexts(log)).filter((text) => text.startsWith(`${writer}/`))
    const expected = Array.from({ length: committed * 5 }, (_, i) => `${writer}/${Math.floor(i / 5)}/${i % 5}`)
    expect(kept.toSorted()).toEqual(expected.toSorted())
  }
  await log.close()
})

it("is woken by other processes' commits, without looking for them", async () => {
  const log = await openEmbeddedLog({ folder, partitionCount: 1, lookMs: 2 ** 30 })
  await log.ensureTopic('t')
  const [appends, records] = [20, 3]
  const delivered = settled()
  let seen = 0
  const follower = log.follow('t', new Map(), async (slice) => {
    seen += slice.records.length
    if (seen === appends * records) delivered.resolve()
  })
  const writer = startWriter('a', { appends, records, partitions: 1 })
  await delivered.promise
  expect(await writer.exit).toEqual([0, null])
  await follower.close()
  await log.close()
})
