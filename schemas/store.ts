export type StoredObject = { readonly key: string; readonly bytes: number; readonly modifiedAt: Date }

export type ObjectBody = Uint8Array | { readonly file: string }

/**
 * Where raw chunks, Parquet files and manifests live. Objects are immutable: created once, read, deleted, never changed.
 * Keys are `/`-separated, of `[A-Za-z0-9._=-]` segments; no key is ever a folder of another key.
 */
export interface ObjectStore {
  /** For messages: `folder ./data/store`, `s3://bucket`. */
  readonly description: string

  /**
   * Creates the object, or says that it exists. Never overwrites, never tears; of callers racing for one key exactly one
   * gets `created`. Durable when it resolves. A put whose outcome is unknown is settled by reading what is there; where that
   * does not tell whose put it was, the same bytes count as `created`.
   */
  putIfAbsent(key: string, body: ObjectBody, metadata?: Readonly<Record<string, string>>): Promise<'created' | 'exists'>

  read(key: string): Promise<Uint8Array | null>

  /** In key order, keys greater than `after` only. */
  list(prefix: string, after?: string): AsyncIterable<StoredObject>

  /**
   * Calls `use` with a local file per key, in the order given, each with exactly the object's bytes; they may be gone
   * once it has returned. `use` must not change them. Throws OBJECT_MISSING, naming the key.
   */
  withFiles<T>(keys: readonly string[], use: (paths: readonly string[]) => Promise<T>): Promise<T>

  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>

  /** The address another reader would use: an absolute path or an `s3://` URL. */
  url(key: string): string

  close(): Promise<void>
}
