import type { Row } from '../rows.ts'

/** What decides which of two rows of a key is newer: compared in this order. */
export type Version = {
  /** Of the event, epoch ms. */
  readonly time: number
  readonly partition: number
  readonly offset: bigint
  readonly position: number
}

/** Per key, the rows of the newest version that was offered. No rows are a value too: they empty the key. */
export class Newest {
  readonly #byKey = new Map<string, { readonly version: Version; readonly rows: readonly Row[] }>()

  offer(key: string, version: Version, rows: readonly Row[]): void {
    const held = this.#byKey.get(key)
    if (held === undefined || isNewer(version, held.version)) this.#byKey.set(key, { version, rows })
  }

  *rows(isShown: (version: Version) => boolean = () => true): Iterable<Row> {
    for (const { version, rows } of this.#byKey.values()) if (isShown(version)) yield* rows
  }
}

function isNewer(a: Version, b: Version): boolean {
  if (a.time !== b.time) return a.time > b.time
  if (a.partition !== b.partition) return a.partition > b.partition
  if (a.offset !== b.offset) return a.offset > b.offset
  return a.position > b.position
}
