import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireKey, requireMetadata, requirePrefix } from '../../connectors/store/keys.ts'
import { withTemporaryFolder } from '../../connectors/disk/temporary-files.ts'
import { fetchWhole } from '../../connectors/store/whole-copy.ts'
import { AppError } from '../../schemas/errors.ts'
import type { CheckedObject, ObjectBody, ObjectCheck, ObjectStore, StoredObject } from '../../schemas/ports/store.ts'
import { flipBit } from './flip-bit.ts'

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
  readonly #flips: { readonly key: string; readonly bit: number }[] = []
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

  /** The next copy of an object has one bit changed, by its number; called again, the one after it too. The object is as it was. */
  flipNextCopy(key: string, bit: number): void {
    this.#flips.push({ key, bit })
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

  async read(key: string, check?: ObjectCheck): Promise<Uint8Array | null> {
    requireKey(key)
    this.#requireReadable()
    const fetch = async () => this.#copyOf(key)
    return check === undefined ? fetch() : fetchWhole({ where: this.description, key, check, fetch })
  }

  async has(key: string): Promise<boolean> {
    requireKey(key)
    this.#requireReadable()
    return this.#objects.has(key)
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

  async withFiles<T>(objects: readonly CheckedObject[], use: (paths: readonly string[]) => Promise<T>): Promise<T> {
    for (const { key } of objects) requireKey(key)
    this.#requireReadable()
    for (const { key } of objects) this.#require(key)
    return withTemporaryFolder(tmpdir(), async (folder) => {
      const paths = objects.map((_, index) => join(folder, `${index}`))
      await Promise.all(objects.map((object, index) => this.#lend(object, paths[index] ?? '')))
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

  async #lend(object: CheckedObject, path: string): Promise<void> {
    const fetch = async () => {
      await writeFile(path, this.#copyOf(object.key) ?? '')
      return { file: path }
    }
    await fetchWhole({ ...object, where: this.description, fetch })
  }

  #copyOf(key: string): Uint8Array | null {
    const held = this.#objects.get(key)
    if (held === undefined) return null
    const copy = new Uint8Array(held.body)
    const flip = this.#flips.findIndex((planned) => planned.key === key)
    if (flip !== -1) for (const { bit } of this.#flips.splice(flip, 1)) flipBit(copy, bit)
    return copy
  }

  #require(key: string): void {
    if (!this.#objects.has(key)) throw new AppError('OBJECT_MISSING', `${this.description} has no object ${key}`)
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
