import { basename } from 'node:path'
import { isThere } from '../../../connectors/disk/is-there.ts'
import type { LineSource } from '../../../connectors/sources/line-source.ts'
import { AppError, hasCode } from '../../../schemas/errors.ts'
import type { Parts } from '../../parts/parts.ts'
import { openSource, sourceForms } from '../ingest/open-source.ts'
import { readTopic } from './read-topic.ts'

/** A sample is held in memory. */
const sampleBytesMax = 64 * 1024 * 1024

export type Sample = {
  readonly lines: readonly Uint8Array[]
  /** What they were read from, in words. */
  readonly origin: string
  /** The topic of the log that they are in; null if they come from elsewhere. */
  readonly topic: string | null
  /** True if the source has more than was read. */
  readonly isCut: boolean
  /** What of the source was not taken, in sentences. */
  readonly notes: readonly string[]
}

/**
 * Reads a sample: the first events of a source, however it frames them, or the newest of a topic. Throws SOURCE_FAILED
 * if there are none.
 */
export async function readSample(parts: Parts, name: string, eventsMax: number): Promise<Sample> {
  const topic = await topicOf(name)
  const sample = topic === null ? await readSource(parts, name, eventsMax) : await readLog(parts, topic, eventsMax)
  if (sample.lines.length === 0)
    throw new AppError(
      'SOURCE_FAILED',
      `${name}: there are no events in it${sample.notes.map((note) => `; ${note}`).join('')}`,
    )
  return sample
}

const topicPrefix = 'topic:'

type NamedTopic = { readonly topic: string; readonly isFileToo: boolean }

/** The topic that the name of a source means, perhaps beside a missing file; null for any other source. */
async function topicOf(name: string): Promise<NamedTopic | null> {
  if (name === '-' || name.includes('://') || (await isThere(name))) return null
  if (name.startsWith(topicPrefix)) return { topic: name.slice(topicPrefix.length), isFileToo: false }
  // No topic has a slash in its name.
  return name.includes('/') ? null : { topic: name, isFileToo: true }
}

async function readLog(parts: Parts, named: NamedTopic, eventsMax: number): Promise<Sample> {
  const { topic } = named
  const { KAFKA_BROKERS, TIDEMARK_DATA_DIR, EVENT_BYTES_MAX } = parts.config
  // Opening an embedded log would make it.
  if (KAFKA_BROKERS === undefined && !(await isThere(parts.folder('log'))))
    throw noSuchSource(named, `there is no log in ${TIDEMARK_DATA_DIR}, and no KAFKA_BROKERS that names one`)
  const log = await parts.openLog()
  const bounds = await parts
    .untilReachable('log', () => log.bounds(topic))
    .catch((error: unknown) => {
      throw hasCode(error, 'TOPIC_MISSING') ? noSuchSource(named, `the ${log.description} has no such topic`) : error
    })
  const limits = { eventsMax, bytesMax: sampleBytesMax }
  const { events, withoutValue, isCut } = await readTopic(log, { topic, bounds, signal: parts.signal }, limits)
  const lines = events.filter(({ byteLength }) => byteLength <= EVENT_BYTES_MAX)
  return {
    lines,
    origin: `the topic ${topic}`,
    topic,
    isCut,
    notes: [
      ...(withoutValue > 0 ? [`${withoutValue} without a value, not taken`] : []),
      ...tooLongNotes(events.length - lines.length, EVENT_BYTES_MAX),
    ],
  }
}

function noSuchSource({ topic, isFileToo }: NamedTopic, noTopic: string): AppError {
  return new AppError('SOURCE_FAILED', `${topic}: ${isFileToo ? 'there is no such file, and ' : ''}${noTopic}`)
}

function tooLongNotes(count: number, bytesMax: number): readonly string[] {
  return count === 0 ? [] : [`${count} longer than ${bytesMax} bytes, not taken`]
}

async function readSource(parts: Parts, name: string, eventsMax: number): Promise<Sample> {
  const lineBytesMax = parts.config.EVENT_BYTES_MAX
  const onRetry = (message: string): void => parts.logger.warn(message)
  const source = openSource(name, { lineBytesMax, onRetry, s3: parts.s3Address() })
  if (source === null) throw new AppError('USAGE', `${name}: sources are ${sourceForms}`)
  const read = await readFirst(source, { eventsMax, lineBytesMax, signal: parts.signal })
  return { ...read, origin: name === '-' ? 'standard input' : basename(name), topic: null }
}

type Reading = { readonly eventsMax: number; readonly lineBytesMax: number; readonly signal: AbortSignal }

async function readFirst(
  source: LineSource,
  { eventsMax, lineBytesMax, signal }: Reading,
): Promise<Pick<Sample, 'lines' | 'isCut' | 'notes'>> {
  const lines: Uint8Array[] = []
  const notes: string[] = []
  let [bytes, tooLong] = [0, 0]
  let isCut = false
  for await (const batch of source.read(null, signal)) {
    tooLong += batch.tooLong.length
    if (batch.broken !== undefined) notes.push(batch.broken)
    for (const line of batch.lines) {
      isCut = lines.length >= eventsMax || bytes + line.bytes.length > sampleBytesMax
      if (isCut) break
      bytes += line.bytes.length
      // A view would keep the whole chunk that it was read with.
      lines.push(line.bytes.slice())
    }
    if (isCut) break
  }
  signal.throwIfAborted()
  return { lines, isCut, notes: [...notes, ...tooLongNotes(tooLong, lineBytesMax)] }
}
