import { EventEmitter, once } from 'node:events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ingest, type IngestProgress } from '../../connectors/ingest/ingest.ts'
import { openKafkaLog } from '../../connectors/kafka/log.ts'
import type { LineBatch } from '../../connectors/framing/line-batch.ts'
import type { LineSource } from '../../connectors/sources/line-source.ts'
import { splitLines } from '../../schemas/split-lines.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { settled, text, textsOf } from '../support/follow-log.ts'
import { startKafka } from '../servers/kafka.ts'
import { describeWithNativeServers } from '../servers/required-servers.ts'
import type { NativeServer } from '../servers/server-process.ts'

describeWithNativeServers('Kafka log, while its broker is killed', () => {
  let server: NativeServer
  let log: EventLog
  let messages: string[]

  beforeAll(async () => {
    server = await startKafka()
    const brokers = [server.env['KAFKA_BROKERS'] ?? '']
    log = openKafkaLog({ brokers, clientId: 'test', partitionCount: 2, onRetry: (message) => messages.push(message) })
  })
  afterAll(async () => {
    await log.close()
    await server.stop()
  })

  it('follows on, in order and without a gap, once the broker is back', async () => {
    messages = []
    await log.ensureTopic('follow')
    const [before, after] = [settled(), settled()]
    const seen: string[] = []
    const follower = log.follow('follow', new Map(), async (slice) => {
      seen.push(...textsOf([slice]))
      if (seen.length === 1) before.resolve()
      if (seen.length === 4) after.resolve()
    })
    await log.append('follow', [text('before')])
    await before.promise
    await server.kill9()
    await expect(log.append('follow', [text('lost')])).rejects.toMatchObject({ code: 'LOG_UNREACHABLE' })
    await server.restart()
    for (const word of ['after', 'and', 'on']) await log.append('follow', [text(word)])
    await after.promise
    await follower.close()
    expect(seen.toSorted()).toEqual(['after', 'and', 'before', 'on'])
    expect(messages.length).toBeGreaterThan(0)
  })

  it('ingests every line once', async () => {
    messages = []
    await log.ensureTopic('ingest')
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`)
    const killed = settled()
    const appended = new EventEmitter()
    // A broker of one node that is killed between a commit and its markers may leave the transaction open for good.
    const killAtRest = async () => {
      await log.sourcePosition('ingest', 'slow')
      await server.kill9()
    }
    const onProgress = (progress: IngestProgress) => {
      if (progress.appended !== 30) appended.emit('lines')
      else
        void killAtRest().then(() => {
          killed.resolve()
          appended.emit('lines')
        })
    }
    const signal = new AbortController().signal
    const running = ingest({
      log,
      topic: 'ingest',
      source: slowSource(lines, appended),
      signal,
      onProgress,
      onRetry: (message) => messages.push(message),
    })
    await killed.promise
    await server.restart()
    await running
    const seen: string[] = []
    const all = settled()
    const follower = log.follow('ingest', new Map(), async (slice) => {
      seen.push(...textsOf([slice]))
      if (seen.length >= lines.length) all.resolve()
    })
    await all.promise
    await follower.close()
    expect(seen.toSorted()).toEqual(lines.toSorted())
  })
})

/** Ten lines at a time, each once the ones before are in the log. */
function slowSource(lines: readonly string[], appended: EventEmitter): LineSource {
  return {
    name: 'slow',
    async *read(): AsyncGenerator<LineBatch> {
      for (let i = 0; i < lines.length; i += 10) {
        const part = splitLines(Buffer.from(lines.slice(i, i + 10).join('\n')), { lineBytesMax: 1000 })
        const last = { number: 10, endByte: 0 }
        const isAppended = once(appended, 'lines')
        yield { ...part, last, origin: 'slow', positionAfter: ({ number }) => String(i + number) }
        await isAppended
      }
    },
  }
}
