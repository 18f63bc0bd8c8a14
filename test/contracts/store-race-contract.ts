import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { raceProcesses } from './race-processes.ts'

export type SharedStoreUnderTest = {
  readonly store: ObjectStore
  /** What another process opens to reach the same objects. */
  readonly forProcesses: Readonly<Record<string, unknown>>
  close(): Promise<void>
}

const mebibyte = 1024 * 1024

/** What every store keeps that several processes can open. */
export function describeSharedStore(title: string, open: () => Promise<SharedStoreUnderTest>): void {
  describe(`${title}, as every store of several processes`, () => {
    let under: SharedStoreUnderTest

    beforeAll(async () => {
      under = await open()
    })
    afterAll(async () => {
      await under?.close()
    })

    it.each([
      { size: 'small', bytes: 1_000, keyCount: 20, processCount: 4 },
      { size: '6 MiB', bytes: 6 * mebibyte, keyCount: 3, processCount: 3 },
    ])('has one winner of a race, $size bodies', async ({ bytes, keyCount, processCount }) => {
      const at = `contract/${randomUUID()}`
      const keys = Array.from({ length: keyCount }, (_, key) => `${at}/${key}`)
      const outcomes = await raceProcesses({ store: under.forProcesses, processCount, keys, bytes })
      for (const key of keys) {
        const isWinner = (outcomes.get(key) ?? []).map((outcome) => outcome === 'created')
        expect(isWinner.filter(Boolean)).toHaveLength(1)
        const body = Buffer.from((await under.store.read(key)) ?? [])
        expect(body).toHaveLength(bytes)
        expect(body.subarray(0, body.indexOf('\n')).toString()).toBe(String(isWinner.indexOf(true)))
      }
    })
  })
}
