import type { ErrorCode } from '../errors.ts'

export type StoredObject = { readonly key: string; readonly bytes: number; readonly modifiedAt: Date }

/** Tells whether a copy of an object holds the bytes that were written. */
export type ObjectCheck = {
  isWhole(copy: ObjectBody): Promise<boolean>
  /** The error that a damaged object causes, and what people can do about it. */
  readonly fault: { readonly code: ErrorCode; readonly mend: string }
}

export type CheckedObject = { readonly key: string; readonly check: ObjectCheck }

export type ObjectBody = Uint8Array | { readonly file: string }

/**
 * Where raw chunks, Parquet files and manifests live. Objects are immutable: created once, read, deleted, never
 * changed. What is read is checked before anybody sees it and before any cache keeps it. Memory, networks and disks
 * flip bits, so a damaged copy is thrown away and fetched again. If the second copy is damaged too, reading throws the
 * check's fault. Keys are `/`-separated, of `[A-Za-z0-9._=-]` segments; no key is ever a folder of another key.
 */
export interface ObjectStore {
  /** For messages: `folder ./data/store`, `s3://bucket`. */
  readonly description: string

  /**
   * Creates the object, or says that it exists. Never overwrites, never tears; of callers racing for one key exactly
   * one gets `created`. Durable when it resolves. If the outcome of a put is unknown, the store reads the object to
   * find out; if it cannot tell whose put it was, equal bytes count as `created`.
   */
  putIfAbsent(key: string, body: ObjectBody, metadata?: Readonly<Record<string, string>>): Promise<'created' | 'exists'>

  /** Returns null if there is no such object. */
  read(key: string, check?: ObjectCheck): Promise<Uint8Array | null>

  /** Tells whether there is such an object. */
  has(key: string): Promise<boolean>

  /** Objects in key order, only those with keys greater than `after`. */
  list(prefix: string, after?: string): AsyncIterable<StoredObject>

  /**
   * Calls `use` with a local file per object, in the order given, each with exactly the object's bytes; they may be gone
   * once it has returned. `use` must not change them. Throws OBJECT_MISSING, naming the key.
   */
  withFiles<T>(objects: readonly CheckedObject[], use: (paths: readonly string[]) => Promise<T>): Promise<T>

  /** Deletes the object. It is no error if it does not exist. */
  delete(key: string): Promise<void>

  /** The address another reader would use: an absolute path or an `s3://` URL. */
  url(key: string): string

  close(): Promise<void>
}
