import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listOtherVerdicts, listVerdicts, verdictKey } from '../../../schemas/formats/verdict.ts'
import { openDamagedFolder, openDamagedS3 } from '../../fakes/damaged-stores.ts'
import type { DamagedStore } from '../../fakes/damaged-stores.ts'

const chunk = (firstOffset: bigint, partition = 0) => ({ topic: 'rsvp', partition, firstOffset, digest: null })
const judge = (hash: string, name = 'rsvp') => ({ name, contractHash: hash.repeat(16) })

describe.each([
  { what: 'an S3 store', open: openDamagedS3 },
  { what: 'a folder store', open: openDamagedFolder },
])('verdicts on $what', ({ open }) => {
  let opened: DamagedStore

  beforeEach(async () => {
    opened = await open()
    for (const hash of ['a', 'b', 'c'])
      for (const offset of [0n, 3n, 6n]) await put(verdictKey(judge(hash), chunk(offset)))
  })

  afterEach(async () => {
    await opened.close()
  })

  async function put(key: string): Promise<string> {
    await opened.store.putIfAbsent(key, Buffer.from('PAR1'))
    return key
  }

  async function others(...retained: readonly string[]): Promise<readonly string[]> {
    const found: string[] = []
    const hashes = new Set(retained.map((hash) => hash.repeat(16)))
    for await (const { key } of listOtherVerdicts(opened.store, 'rsvp', hashes)) found.push(key)
    return found
  }

  it('are listed for the chunks of a group, and for no others', async () => {
    await put(verdictKey(judge('a'), chunk(3n, 1)))
    const [first, second, third, gone] = [chunk(0n), chunk(3n), chunk(6n), chunk(9n)]
    const listed = async (...chunks: readonly (typeof first)[]) => [
      ...(await listVerdicts(opened.store, judge('a'), chunks)),
    ]
    expect(await listed(second, third, gone)).toEqual([second, third].map((of) => verdictKey(judge('a'), of)))
    expect(await listed(first, second)).toEqual([first, second].map((of) => verdictKey(judge('a'), of)))
    expect(await listed(gone)).toEqual([])
    expect(await listed()).toEqual([])
  })

  it('by other rules are listed, of this dataset alone', async () => {
    await put(verdictKey(judge('a', 'rsvp2'), chunk(0n)))
    await put(verdictKey(judge('a', 'sensor'), chunk(0n)))
    const of = (hash: string) => [0n, 3n, 6n].map((offset) => verdictKey(judge(hash), chunk(offset)))
    expect(await others('b')).toEqual([...of('a'), ...of('c')])
    expect(await others('a', 'c')).toEqual(of('b'))
    expect(await others()).toEqual([...of('a'), ...of('b'), ...of('c')])
    expect(await others('a', 'b', 'c')).toEqual([])
  })
})
