import { describe, expect, it } from 'vitest'
import { WireReader, wire } from '../../../connectors/kafka/bytes.ts'
import type { KafkaCall } from '../../../connectors/kafka/calls.ts'
import type { KafkaClient } from '../../../connectors/kafka/client.ts'
import { followSession } from '../../../connectors/kafka/read/session.ts'
import { stringOf } from '../../support/follow-log.ts'
import { flipBit } from '../../fakes/flip-bit.ts'
import { batchBytes, type BatchPlan } from './batch-bytes.ts'

const of = { description: 'Kafka at home', topic: 'rsvp' }
const metadata = { clusterId: 'c', error: 0, topicId: 't', partitions: [{ partition: 3, leader: 1, error: 0 }] }
const end = 9n

/** A broker with one partition, which changes what it sends: `change` gets the batches of each fetch, by its number. */
class FakeBroker implements KafkaClient {
  readonly #batches: readonly Buffer[]
  readonly #change: (batches: Buffer, fetch: number) => void
  #partition = 3
  /** What the next answer says is the first offset. */
  wrongFirst: bigint | null = null
  /** How many answers held batches. */
  fetches = 0

  constructor(plans: readonly BatchPlan[], change: (batches: Buffer, fetch: number) => void = () => {}) {
    this.#batches = plans.map(batchBytes)
    this.#change = change
  }

  nameNext(partition: number): void {
    this.#partition = partition
  }

  async learnBrokers(): Promise<void> {}
  async close(): Promise<void> {}

  async call<T>({ apiName, body, decode }: KafkaCall<T>): Promise<T> {
    if (apiName === 'Metadata') return decode(new WireReader(metadataAnswer()))
    if (apiName === 'ListOffsets') {
      // The timestamp that is asked for: -2 is the first offset, -1 the end.
      const isFirst = body.readBigInt64BE(body.length - 8) === -2n
      const first = this.wrongFirst ?? 0n
      if (isFirst) this.wrongFirst = null
      return decode(new WireReader(offsetsAnswer(isFirst ? first : end)))
    }
    const wanted = new WireReader(body.subarray(body.length - 2 - 4 - 4 - 8 - 8))
    return decode(new WireReader(this.#fetch(wanted.int64())))
  }

  #fetch(position: bigint): Buffer {
    const batches = Buffer.concat(
      this.#batches.filter((bytes) => bytes.readBigInt64BE(0) + BigInt(bytes.readInt32BE(23)) >= position),
    )
    if (batches.length > 0) this.fetches += 1
    this.#change(batches, this.fetches)
    const partition = Buffer.concat([
      wire.int32(this.#partition),
      wire.int16(0),
      wire.int64(end),
      wire.int64(end),
      wire.int64(0n),
      wire.array([]),
      wire.int32(-1),
      wire.int32(batches.length),
      batches,
    ])
    this.#partition = 3
    return Buffer.concat([
      wire.int32(0),
      wire.int16(0),
      wire.int32(0),
      wire.array([Buffer.concat([wire.string('rsvp'), wire.array([partition])])]),
    ])
  }
}

function offsetsAnswer(offset: bigint): Buffer {
  const partition = Buffer.concat([wire.int32(3), wire.int16(0), wire.int64(-1n), wire.int64(offset)])
  return Buffer.concat([wire.int32(0), wire.array([Buffer.concat([wire.string('rsvp'), wire.array([partition])])])])
}

function metadataAnswer(): Buffer {
  const [noTags, none] = [wire.uvarint(0), wire.uvarint(1)]
  const partition = [wire.int16(0), wire.int32(3), wire.int32(1), wire.int32(0), none, none, none, noTags]
  const topic = [wire.int16(0), wire.compactString('rsvp'), Buffer.alloc(16), wire.int8(0)]
  const head = [noTags, wire.int32(0), none, wire.compactString('c'), wire.int32(1), wire.uvarint(2)]
  return Buffer.concat([...head, ...topic, wire.uvarint(2), ...partition, wire.int32(0), noTags, noTags])
}

const batch = (firstOffset: bigint, values: string): BatchPlan => ({
  firstOffset,
  records: values.split('').map((value, delta) => ({ delta, value })),
  lastDelta: values.length - 1,
})
const plans = [batch(0n, 'abc'), batch(3n, 'de'), batch(5n, 'fghi')]

/** Every record up to the end. */
async function follow(broker: FakeBroker): Promise<string> {
  const closing = new AbortController()
  let said = ''
  const session = followSession(broker, of, { positions: new Map([[3, 0n]]), metadata, signal: closing.signal })
  for await (const slice of session) {
    for (const { offset, value } of slice.records) said += `${offset}${stringOf(value)} `
    if (slice.nextOffset >= end) closing.abort()
  }
  return said.trim()
}

const all = '0a 1b 2c 3d 4e 5f 6g 7h 8i'

describe('a Kafka session', () => {
  it('delivers the same whichever bit of an answer’s batches was flipped once', async () => {
    const bytes = Buffer.concat(plans.map(batchBytes)).length
    const wrong: string[] = []
    for (let bit = 0; bit < bytes * 8; bit += 1) {
      const broker = new FakeBroker(plans, (batches, fetch) => fetch === 1 && flipBit(batches, bit))
      const said = await follow(broker).catch(String)
      if (said !== all) wrong.push(`bit ${bit}: ${said}`)
    }
    expect(wrong).toEqual([])
  })

  it('fetches what does not match its checksum again, and delivers what came before it meanwhile', async () => {
    const broker = new FakeBroker(plans, (batches, fetch) => fetch === 1 && flipBit(batches, 8 * (batches.length - 2)))
    expect(await follow(broker)).toBe(all)
    expect(broker.fetches).toBe(2)
  })

  it('calls damage by topic, partition and offset where a second answer is like the first', async () => {
    const broker = new FakeBroker(plans, (batches) => flipBit(batches, 8 * (batches.length - 2)))
    await expect(follow(broker)).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      message: expect.stringMatching(
        /^rsvp\/3 of Kafka at home is damaged at offset 5: .*checksum.*Let another replica/,
      ),
    })
    expect(broker.fetches).toBe(2)
  })

  it('believes a gap that two answers have, as compaction leaves them', async () => {
    const broker = new FakeBroker([batch(0n, 'a'), batch(2n, 'c'), batch(5n, 'f'), batch(8n, 'i')])
    expect(await follow(broker)).toBe('0a 2c 5f 8i')
    expect(broker.fetches).toBe(2)
  })

  it('believes that the log has deleted records where two answers agree', async () => {
    const broker = new FakeBroker(plans)
    broker.wrongFirst = 4n
    expect(await follow(broker)).toBe(all)
  })

  it('takes nothing under the number of a partition that it did not ask for', async () => {
    const broker = new FakeBroker(plans)
    broker.nameNext(2)
    await expect(follow(broker)).rejects.toThrow('asked for partitions 3')
  })
})
