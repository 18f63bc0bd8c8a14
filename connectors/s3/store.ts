import { setMaxListeners } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { AppError, hasCode } from '../../schemas/errors.ts'
import type { CheckedObject, ObjectBody, ObjectCheck, ObjectStore, StoredObject } from '../../schemas/ports/store.ts'
import { measureBody } from './body.ts'
import { makeFolder } from '../disk/make-folder.ts'
import { ObjectCache } from '../store/object-cache.ts'
import { describeS3, openS3Client, type S3StoreOptions } from './client.ts'
import { download, forEachAtOnce } from './download.ts'
import { createPut } from './put.ts'
import { retried, retryPolicyDefault } from './retry.ts'
import { isKey, requireKey, requireMetadata, requirePrefix } from '../store/keys.ts'
import { removeDeadTemporaries, withTemporaryFolder } from '../disk/temporary-files.ts'
import { fetchWhole } from '../store/whole-copy.ts'

const downloadsAtOnceMax = 4
const cacheBytesMaxDefault = 2 * 1024 ** 3

/**
 * Keeps objects in a bucket, which must exist. Sends no request yet. `probeStore` tells whether the store's conditional
 * put lets exactly one writer win a race.
 */
export async function openS3Store(options: S3StoreOptions): Promise<ObjectStore> {
  const lent = lentFolder(options)
  await makeFolder(lent)
  await removeDeadTemporaries(lent)
  return new S3Store(options)
}

class S3Store implements ObjectStore {
  readonly description: string
  readonly #options: S3StoreOptions
  readonly #prefix: string
  readonly #client: S3Client
  readonly #cache: ObjectCache
  readonly #closing = new AbortController()

  constructor(options: S3StoreOptions) {
    this.#options = options
    this.#prefix = (options.prefix ?? '').replace(/(?<=[^/])$/, '/')
    this.description = describeS3(options)
    this.#client = openS3Client(options)
    const bytesMax = options.cacheBytesMax ?? cacheBytesMaxDefault
    this.#cache = new ObjectCache({ folder: join(options.cacheFolder, 'objects'), bytesMax })
    // Every running request listens, and their number has no limit.
    setMaxListeners(0, this.#closing.signal)
  }

  async putIfAbsent(
    key: string,
    body: ObjectBody,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<'created' | 'exists'> {
    requireKey(key)
    requireMetadata(metadata)
    const put = createPut({ ...this.#at(key), body: await measureBody(body), metadata })
    return this.#retried(`put of ${key}`, put)
  }

  async read(key: string, check?: ObjectCheck): Promise<Uint8Array | null> {
    requireKey(key)
    const fetch = () => this.#read(key)
    return check === undefined ? fetch() : fetchWhole({ ...this.#where, key, check, fetch })
  }

  #read(key: string): Promise<Uint8Array | null> {
    return this.#retried(`read of ${key}`, async () => {
      try {
        const command = new GetObjectCommand({ Bucket: this.#options.bucket, Key: this.#prefix + key })
        const { Body } = await this.#client.send(command, { abortSignal: this.#closing.signal })
        return (await Body?.transformToByteArray()) ?? new Uint8Array()
      } catch (error) {
        if (isMissingObject(error)) return null
        throw error
      }
    })
  }

  async has(key: string): Promise<boolean> {
    requireKey(key)
    try {
      await this.#retried(`look at ${key}`, () => this.#identify(key))
      return true
    } catch (error) {
      if (hasCode(error, 'OBJECT_MISSING')) return false
      throw error
    }
  }

  async *list(prefix: string, after = ''): AsyncGenerator<StoredObject> {
    requirePrefix(prefix)
    let nextToken: string | undefined
    do {
      const token = nextToken
      const page = await this.#retried(`list of ${prefix}`, () => this.#listPage(prefix, after, token))
      for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.Contents ?? []) {
        const key = Key.slice(this.#prefix.length)
        // Others may have put objects into the bucket; some stores list `after` itself.
        if (isKey(key) && key > after) yield { key, bytes: Size, modifiedAt: LastModified }
      }
      nextToken = page.NextContinuationToken
    } while (nextToken !== undefined)
  }

  async withFiles<T>(objects: readonly CheckedObject[], use: (paths: readonly string[]) => Promise<T>): Promise<T> {
    for (const { key } of objects) requireKey(key)
    return withTemporaryFolder(lentFolder(this.#options), async (folder) => {
      const distinct = [...new Map(objects.map((object) => [object.key, object])).values()]
      const paths = new Map(distinct.map(({ key }, index) => [key, join(folder, String(index))]))
      await forEachAtOnce(distinct, downloadsAtOnceMax, (object) => this.#fetch(object, paths.get(object.key) ?? ''))
      await this.#cache.trim()
      return use(objects.map(({ key }) => paths.get(key) ?? ''))
    })
  }

  async delete(key: string): Promise<void> {
    requireKey(key)
    await this.#retried(`delete of ${key}`, async () => {
      try {
        const command = new DeleteObjectCommand({ Bucket: this.#options.bucket, Key: this.#prefix + key })
        await this.#client.send(command, { abortSignal: this.#closing.signal })
      } catch (error) {
        if (!isMissingObject(error)) throw error
      }
    })
  }

  url(key: string): string {
    return `s3://${this.#options.bucket}/${this.#prefix}${key}`
  }

  /** Ends running requests. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#client.destroy()
  }

  #listPage(prefix: string, after: string, token: string | undefined): Promise<ListObjectsV2CommandOutput> {
    const command = new ListObjectsV2Command({
      Bucket: this.#options.bucket,
      Prefix: this.#prefix + prefix,
      ...(after === '' ? {} : { StartAfter: this.#prefix + after }),
      ...(token === undefined ? {} : { ContinuationToken: token }),
    })
    return this.#client.send(command, { abortSignal: this.#closing.signal })
  }

  /**
   * Asks the store which object it has under the key, because a bucket that was emptied and filled again has others. A
   * cached copy is checked too, because the disk may have damaged it.
   */
  async #fetch({ key, check }: CheckedObject, path: string): Promise<void> {
    const identity = await this.#retried(`look at ${key}`, () => this.#identify(key))
    if (identity !== null && (await this.#cache.lend(identity, path))) {
      if (await check.isWhole({ file: path })) return
      await this.#cache.drop(identity)
    }
    const fetch = async () => {
      // Never overwrite the file: it may be a link to one that others read.
      await rm(path, { force: true })
      await this.#download(key, path)
      return { file: path }
    }
    await fetchWhole({ ...this.#where, key, check, fetch })
    if (identity !== null) await this.#cache.keep(identity, path)
  }

  /**
   * Identifies the object that is under the key now, by its ETag and time of change; null if the object is empty. Reads
   * its first byte instead of HEAD, whose answer has no body and cannot say whether the object or the bucket is
   * missing.
   */
  async #identify(key: string): Promise<string | null> {
    const command = new GetObjectCommand({ Bucket: this.#options.bucket, Key: this.#prefix + key, Range: 'bytes=0-0' })
    try {
      const { Body, ETag, LastModified } = await this.#client.send(command, { abortSignal: this.#closing.signal })
      await Body?.transformToByteArray()
      return [this.#options.endpoint ?? '', this.url(key), ETag, LastModified?.toISOString()].join(' ')
    } catch (error) {
      if (error instanceof Error && error.name === 'InvalidRange') return null
      if (!isMissingObject(error)) throw error
      throw new AppError('OBJECT_MISSING', `${this.description} has no object ${key}`, { cause: error })
    }
  }

  async #download(key: string, path: string): Promise<void> {
    await this.#retried(`download of ${key}`, async () => {
      try {
        await download({ ...this.#at(key), path })
      } catch (error) {
        if (!isMissingObject(error)) throw error
        throw new AppError('OBJECT_MISSING', `${this.description} has no object ${key}`, { cause: error })
      }
    })
  }

  get #where() {
    return { where: this.description, onRetry: this.#options.onRetry ?? (() => {}) }
  }

  #at(key: string) {
    const fullKey = this.#prefix + key
    return { client: this.#client, bucket: this.#options.bucket, fullKey, signal: this.#closing.signal }
  }

  #retried<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const { retry: policy = retryPolicyDefault, onRetry = () => {} } = this.#options
    return retried({ where: this.description, policy, onRetry, signal: this.#closing.signal }, what, attempt)
  }
}

/** Must be on the file system of the cache, for hard links. */
function lentFolder({ cacheFolder }: S3StoreOptions): string {
  return join(cacheFolder, 'lent')
}

/**
 * Looks at the error's name. A missing bucket is 404 too, and with some stores an unknown user, and neither may look
 * like an empty store.
 */
function isMissingObject(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchKey'
}
