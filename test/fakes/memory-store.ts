import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireKey, requireMetadata, requirePrefix } from '../../connectors/store-keys.ts'
import { withTemporaryFolder } from '../../connectors/temporary-files.ts'
import { AppError } from '../../schemas/errors.ts'
import type { ObjectBody, ObjectStore, StoredObject } from '../../schemas/store.ts'

/**
 * `error-before`: nothing was stored. `timeout-after`: the object was stored, and the caller is not told so.
 * `overwrite`: the put replaces what is there and says that it created it, as stores do whose conditional put does not fence.
 */
export type PutFault = 'error-before' | 'timeout-after' | 'overwrite'

type Held = {
  readonly body: Uint8Array
  readonly metadata: Readonly<Record<string, string>>
  readonly modifiedAt: Date
}

export class MemoryStore implements ObjectStore {
  readonly description = 'memory store'
  readonly #objects = new Map<string, Held>()
  readonly #putFaults: PutFault[] = []
  #readFaults = 0
  #beforePut: (() => Promise<void>) | null = null
  #isReachable = true

  /** Called again, it applies to the put after that one, and so on. */
  failNextPut(fault: PutFault): void {
    this.#putFaults.push(fault)
  }

  /** The next `read` or `withFiles` throws STORE_UNREACHABLE. */
  failNextRead(): void {
    this.#readFaults += 1
  }

  /** Runs once, at the start of the next put: the place for another writer to win the race. */
  beforeNextPut(action: () => Promise<void>): void {
    this.#beforePut = action
  }

  /** While unreachable, every call throws STORE_UNREACHABLE. */
  setReachable(isReachable: boolean): void {
    this.#isReachable = isReachable
  }

  /** What no caller of the port can do: for tests of a damaged store. */
  replace(key: string, body: Uint8Array): void {
    const held = this.#objects.get(key)
    this.#objects.set(key, {
      metadata: held?.metadata ?? {},
      modifiedAt: held?.modifiedAt ?? new Date(),
      body: new Uint8Array(body),
    })
  }

  /** For tests of what depends on an object's age. */
  setModifiedAt(key: string, modifiedAt: Date): void {
    const held = this.#objects.get(key)
    if (held !== undefined) this.#objects.set(key, { ...held, modifiedAt })
  }

  keys(): readonly string[] {
    return [...this.#objects.keys()].toSorted(byCode)
  }

  metadata(key: string): Readonly<Record<string, string>> | null {
    return this.#objects.get(key)?.metadata ?? null
  }

  async putIfAbsent(
    key: string,
    body: ObjectBody,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<'created' | 'exists'> {
    requireKey(key)
    requireMetadata(metadata)
    const bytes = 'file' in body ? new Uint8Array(await readFile(body.file)) : new Uint8Array(body)
    const before = this.#beforePut
    this.#beforePut = null
    await before?.()
    this.#requireReachable()
    const fault = this.#putFaults.shift()
    if (fault === 'error-before') throw unreachable(`put of ${key} failed`)
    if (this.#objects.has(key) && fault !== 'overwrite') return 'exists'
    this.#objects.set(key, { body: bytes, metadata: { ...metadata }, modifiedAt: new Date() })
    if (fault === 'timeout-after') throw unreachable(`put of ${key} timed out`)
    return 'created'
  }

  async read(key: string): Promise<Uint8Array | null> {
    requireKey(key)
    this.#requireReadable()
    const held = this.#objects.get(key)
    return held === undefined ? null : new Uint8Array(held.body)
  }

  async *list(prefix: string, after = ''): AsyncGenerator<StoredObject> {
    requirePrefix(prefix)
    this.#requireReachable()
    for (const key of this.keys()) {
      const held = this.#objects.get(key)
      if (held !== undefined && key.startsWith(prefix) && key > after) {
        yield { key, bytes: held.body.length, modifiedAt: held.modifiedAt }
      }
    }
  }

  async withFiles<T>(keys: readonly string[], use: (paths: readonly string[]) => Promise<T>): Promise<T> {
    keys.forEach(requireKey)
    this.#requireReadable()
    const bodies = keys.map((key) => this.#require(key).body)
    return withTemporaryFolder(tmpdir(), async (folder) => {
      const paths = bodies.map((_, index) => join(folder, `${index}`))
      await Promise.all(bodies.map((body, index) => writeFile(paths[index] ?? '', body)))
      return use(paths)
    })
  }

  async delete(key: string): Promise<void> {
    requireKey(key)
    this.#requireReachable()
    this.#objects.delete(key)
  }

  url(key: string): string {
    return `memory://${key}`
  }

  async close(): Promise<void> {
    this.#putFaults.length = 0
  }

  #require(key: string): Held {
    const held = this.#objects.get(key)
    if (held === undefined) throw new AppError('OBJECT_MISSING', `${this.description} has no object ${key}`)
    return held
  }

  #requireReachable(): void {
    if (!this.#isReachable) throw unreachable('unreachable')
  }

  #requireReadable(): void {
    this.#requireReachable()
    if (this.#readFaults === 0) return
    this.#readFaults -= 1
    throw unreachable('read failed')
  }
}

function unreachable(what: string): AppError {
  return new AppError('STORE_UNREACHABLE', `memory store: ${what}`)
}

function byCode(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
