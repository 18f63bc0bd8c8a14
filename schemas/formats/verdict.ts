import { AppError } from '../errors.ts'
import { chunkKey } from './raw-chunk.ts'
import type { StoredFooter } from './raw-chunk.ts'
import { digestName, digestPlaceholder, isAsDigested } from './own-digest.ts'
import type { CheckedObject, ObjectCheck, ObjectStore, StoredObject } from '../ports/store.ts'

/**
 * The verdict on a raw chunk is a Parquet object beside it: a row for each record, with the parsed event if it is
 * accepted, with the reason and the bytes if it is rejected. It is a pure function of the chunk and of the rules, so it
 * does not matter who judges first, and whoever reads it cannot judge otherwise.
 */
const format = 'tidemark-verdict-1'

const folder = 'verdicts/'

/** Whose rules decide: a dataset, with the hash of all that decides a verdict. */
export type Judge = { readonly name: string; readonly contractHash: string }

type JudgedChunk = Pick<StoredFooter, 'topic' | 'partition' | 'firstOffset' | 'digest'>

/** A verdict's key is that of its chunk, below the rules in place of `raw/`. */
export function verdictKey(judge: Judge, { topic, partition, firstOffset }: JudgedChunk): string {
  return chunkKey(topic, partition, firstOffset).replace(/^raw\//, contractFolder(judge))
}

function contractFolder({ name, contractHash }: Judge): string {
  return `${folder}${name}-${contractHash}/`
}

/** The footer's key-value pairs. The last one is the digest, here its placeholder. */
export function verdictMetadata(judge: Judge, chunk: JudgedChunk): Record<string, string> {
  return { ...statement(judge, chunk), [digestName]: digestPlaceholder }
}

/** What a verdict says of itself. The chunk's own digest tells it from a chunk of the same offsets in another store. */
function statement({ name, contractHash }: Judge, { topic, partition, firstOffset, digest }: JudgedChunk) {
  return {
    'tidemark-format': format,
    dataset: name,
    contract: contractHash,
    chunk: chunkKey(topic, partition, firstOffset),
    'chunk-digest': digest ?? '',
  }
}

/** Nothing is lost with a damaged verdict. */
const check: ObjectCheck = {
  isWhole: async (copy) => (await isAsDigested(copy, 'wideParquet')) === true,
  fault: { code: 'VERDICT_CORRUPT', mend: 'delete it, the next rebuild judges its chunk again' },
}

export function checkedVerdict(key: string): CheckedObject {
  return { key, check }
}

/** The error of a verdict that cannot be believed; `what` goes on after its key. */
export function unusableVerdict(key: string, what: string): AppError {
  return new AppError(check.fault.code, `${key} ${what}: ${check.fault.mend}`)
}

/** Throws VERDICT_CORRUPT, naming the key, unless a verdict's footer says that it is on this chunk, by these rules. */
export function requireVerdictOn(
  { judge, chunk }: { readonly judge: Judge; readonly chunk: JudgedChunk },
  metadata: Readonly<Record<string, string>>,
): void {
  const expected = Object.entries(statement(judge, chunk))
  const other = expected.find(([name, value]) => metadata[name] !== value)
  if (other !== undefined)
    throw unusableVerdict(
      verdictKey(judge, chunk),
      `says ${other[0]} ${metadata[other[0]] ?? 'nothing'}, not ${other[1]}`,
    )
}

/** The keys of the verdicts that there are on these chunks, which are of one partition and in order. */
export async function listVerdicts(
  store: ObjectStore,
  judge: Judge,
  chunks: readonly JudgedChunk[],
): Promise<ReadonlySet<string>> {
  const [first, last] = [chunks[0], chunks.at(-1)]
  const found = new Set<string>()
  if (first === undefined || last === undefined) return found
  const [firstKey, lastKey] = [verdictKey(judge, first), verdictKey(judge, last)]
  const before = verdictKey(judge, { ...first, firstOffset: first.firstOffset - 1n })
  const objects = store.list(
    firstKey.slice(0, firstKey.lastIndexOf('/') + 1),
    first.firstOffset === 0n ? undefined : before,
  )
  for await (const { key } of objects) {
    if (key > lastKey) break
    found.add(key)
  }
  return found
}

/**
 * The verdicts of a dataset by other rules than those whose hashes are `retained`. The others are passed over, so that
 * the listing does not grow with the history.
 */
export async function* listOtherVerdicts(
  store: ObjectStore,
  name: string,
  retained: ReadonlySet<string>,
): AsyncGenerator<StoredObject> {
  const prefix = `${folder}${name}-`
  let after: string | undefined
  for (;;) {
    const key = await firstKey(store.list(prefix, after))
    if (key === null) return
    const contractHash = key.slice(prefix.length, key.indexOf('/', prefix.length))
    const ofRules = contractFolder({ name, contractHash })
    if (!retained.has(contractHash)) yield* store.list(ofRules)
    // No key has this character, which comes after all that keys have.
    after = `${ofRules}~`
  }
}

async function firstKey(objects: AsyncIterable<StoredObject>): Promise<string | null> {
  for await (const { key } of objects) return key
  return null
}
