import { Kafka, logLevel } from 'kafkajs'
import Cluster from 'kafkajs/src/cluster/index.js'
import { createLogger } from 'kafkajs/src/loggers/index.js'
import createSocketFactory from 'kafkajs/src/network/socketFactory.js'
import { WireReader } from './kafka-bytes.ts'
import type { KafkaCall } from './kafka-calls.ts'

export type KafkaAddress = { readonly brokers: readonly string[]; readonly clientId: string }

/** Connections to a Kafka cluster. What fails is not repeated here: whoever holds one closes it and opens another. */
export type KafkaClient = {
  /** Asks the broker with this id, or any. */
  call<T>(call: KafkaCall<T>, nodeId?: number): Promise<T>
  /** Learns which brokers there are; to be called before one is asked by its id. */
  learnBrokers(topic: string): Promise<void>
  /** Fails what is under way. */
  close(): Promise<void>
}

const connectMsMax = 3000
/** Beyond the longest a fetch may wait. A broker that answers nothing in this time has stalled. */
const answerMsMax = 10_000

/** kafkajs logs each failure; here it is thrown, and logged by whoever catches it. */
const silent = { level: logLevel.NOTHING, logCreator: () => () => {} } as const

/** kafkajs's own producers and admin client. */
export function createKafka({ brokers, clientId }: KafkaAddress): Kafka {
  return new Kafka({ brokers: [...brokers], clientId, logLevel: silent.level, logCreator: silent.logCreator })
}

export async function openKafkaClient({ brokers, clientId }: KafkaAddress): Promise<KafkaClient> {
  const cluster = new Cluster({
    brokers: [...brokers],
    clientId,
    connectionTimeout: connectMsMax,
    requestTimeout: answerMsMax,
    enforceRequestTimeout: true,
    metadataMaxAge: 300_000,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    retry: { retries: brokers.length, initialRetryTime: 50, maxRetryTime: 1000 },
    logger: createLogger(silent),
    socketFactory: createSocketFactory(),
  })
  await cluster.connect()
  return {
    learnBrokers: (topic) => cluster.addTargetTopic(topic),
    close: () => cluster.disconnect(),
    call: async ({ apiKey, apiVersion, apiName, body, decode }, nodeId) => {
      const broker =
        nodeId === undefined ? await cluster.brokerPool.findConnectedBroker() : await cluster.findBroker({ nodeId })
      const answers: ReturnType<typeof decode>[] = []
      await broker.connectionPool.send({
        request: { apiKey, apiVersion, apiName, encode: async () => ({ buf: body, buffer: body }) },
        response: {
          decode: async (payload) => {
            answers.push(decode(new WireReader(payload)))
            return {}
          },
          parse: async () => {},
        },
      })
      const [answer] = answers
      if (answer === undefined) throw new Error(`${apiName} was answered by nothing`)
      return answer
    },
  }
}
