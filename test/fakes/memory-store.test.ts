import { beforeEach, describe, expect, it } from 'vitest'
import { describeStore } from '../contracts/store-contract.ts'
import { MemoryStore } from './memory-store.ts'

describeStore('memory store', async () => {
  const store = new MemoryStore()
  return { store, filesAreCopies: true, close: () => store.close() }
})

describe('memory store on demand', () => {
  let store: MemoryStore
  const body = Buffer.from('x')
  const unreachable = { code: 'STORE_UNREACHABLE' }

  beforeEach(() => {
    store = new MemoryStore()
  })

  it('fails a put before it stored anything', async () => {
    store.failNextPut('error-before')
    await expect(store.putIfAbsent('a', body)).rejects.toMatchObject(unreachable)
    expect(await store.putIfAbsent('a', body)).toBe('created')
  })

  it('fails a put after it stored the object', async () => {
    store.failNextPut('timeout-after')
    await expect(store.putIfAbsent('a', body)).rejects.toMatchObject(unreachable)
    expect(await store.putIfAbsent('a', body)).toBe('exists')
  })

  it('lets another writer in before a put', async () => {
    store.beforeNextPut(async () => {
      await store.putIfAbsent('a', Buffer.from('other'))
    })
    expect(await store.putIfAbsent('a', body)).toBe('exists')
  })

  it('fails a read, and everything while it is unreachable', async () => {
    await store.putIfAbsent('a', body)
    store.failNextRead()
    await expect(store.read('a')).rejects.toMatchObject(unreachable)
    store.setReachable(false)
    await expect(store.delete('a')).rejects.toMatchObject(unreachable)
    store.setReachable(true)
    expect(await store.read('a')).toEqual(new Uint8Array(body))
  })
})
