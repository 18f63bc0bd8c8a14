import { randomUUID } from 'node:crypto'
import { AppError } from '../../schemas/errors.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'

/** Some stores fence small objects but not large ones, which they receive in parts. */
const races = [
  { racerCount: 16, bytes: 64 },
  { racerCount: 4, bytes: 5 * 1024 * 1024 + 1 },
] as const

/**
 * Throws STORE_UNSAFE if the store lets a second writer of a key win: on such a store two archivers could both believe
 * that they own a range of the log. Leaves nothing behind. Takes about 20 MiB of uploads.
 */
export async function probeStore(store: ObjectStore): Promise<void> {
  const folder = `probe/${randomUUID()}`
  const keys = [`${folder}/again`, ...races.map(({ bytes }) => `${folder}/race-of-${bytes}-bytes`)]
  const [again = '', ...raced] = keys
  try {
    await refuseSecondPut(store, again)
    for (const [index, race] of races.entries()) await refuseSecondWinner(store, raced[index] ?? '', race)
  } finally {
    await Promise.allSettled(keys.map((key) => store.delete(key)))
  }
}

async function refuseSecondPut(store: ObjectStore, key: string): Promise<void> {
  // The bytes must differ, because finding equal bytes may settle an unknown outcome.
  const [first, second] = [bodyOf(0, 64), bodyOf(1, 64)]
  if ((await store.putIfAbsent(key, first)) !== 'created') throw unsafe(store, 'says that a new object exists')
  if ((await store.putIfAbsent(key, second)) !== 'exists') throw unsafe(store, 'lets a second put replace an object')
  await requireBody(store, key, first)
}

async function refuseSecondWinner(
  store: ObjectStore,
  key: string,
  { racerCount, bytes }: { readonly racerCount: number; readonly bytes: number },
): Promise<void> {
  const bodies = Array.from({ length: racerCount }, (_, racer) => bodyOf(racer, bytes))
  const outcomes = await Promise.all(bodies.map((body) => store.putIfAbsent(key, body)))
  const [winner, ...more] = bodies.filter((_, racer) => outcomes[racer] === 'created')
  if (winner === undefined || more.length > 0) {
    const winnerCount = winner === undefined ? 0 : more.length + 1
    throw unsafe(store, `lets ${winnerCount} of ${racerCount} writers of ${bytes} bytes create the same object`)
  }
  await requireBody(store, key, winner)
}

async function requireBody(store: ObjectStore, key: string, expected: Uint8Array): Promise<void> {
  const found = await store.read(key)
  if (found === null || Buffer.compare(found, expected) !== 0) {
    throw unsafe(store, 'does not keep the bytes of the writer that it let create an object')
  }
}

function bodyOf(racer: number, bytes: number): Uint8Array {
  return new Uint8Array(bytes).fill(racer + 1)
}

function unsafe(store: ObjectStore, what: string): AppError {
  const advice = 'Its conditional puts (If-None-Match: *) do not fence, so data could be lost: use another store'
  return new AppError('STORE_UNSAFE', `${store.description} ${what}. ${advice}`)
}
