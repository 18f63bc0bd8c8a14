import { Kafka, logLevel } from 'kafkajs'
import Cluster from 'kafkajs/src/cluster/index.js'
import { createLogger } from 'kafkajs/src/loggers/index.js'
import { WireReader } from './bytes.ts'
import type { KafkaCall } from './calls.ts'
import { KafkaSockets } from './sockets.ts'

export type KafkaAddress = { readonly brokers: readonly string[]; readonly clientId: string }

/** Connections to a Kafka cluster. It repeats nothing: after a failure its owner closes it and opens another. */
export type KafkaClient = {
  /** Asks the broker with this id, or any broker. */
  call<T>(call: KafkaCall<T>, nodeId?: number): Promise<T>
  /** Learns the cluster's brokers. Call it before you ask one by its id. */
  learnBrokers(topic: string): Promise<void>
  /** Makes running calls fail. */
  close(): Promise<void>
}

const connectMsMax = 3000
const requestMsMax = 10_000

/** kafkajs would log each failure, which is thrown as well. */
const silent = { level: logLevel.NOTHING, logCreator: () => () => {} } as const

/** kafkajs's own producers and admin client. They repeat failed requests for a few seconds. */
export function createKafka({ brokers, clientId }: KafkaAddress): Kafka {
  return new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: connectMsMax,
    requestTimeout: requestMsMax,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000, multiplier: 2, factor: 0.2 },
    socketFactory: new KafkaSockets().create,
    logLevel: silent.level,
    logCreator: silent.logCreator,
  })
}

export async function openKafkaClient({ brokers, clientId }: KafkaAddress): Promise<KafkaClient> {
  const sockets = new KafkaSockets()
  const cluster = new Cluster({
    // Without repeats kafkajs tries only the first broker, so chance chooses which one is first.
    brokers: [...brokers].toSorted(() => Math.random() - 0.5),
    clientId,
    connectionTimeout: connectMsMax,
    requestTimeout: connectMsMax,
    enforceRequestTimeout: true,
    metadataMaxAge: 300_000,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    retry: { retries: 0, initialRetryTime: 50, maxRetryTime: 1000 },
    logger: createLogger(silent),
    socketFactory: sockets.create,
  })
  const close = async () => {
    sockets.destroy()
    await cluster.disconnect()
  }
  try {
    await cluster.connect()
  } catch (error) {
    await close()
    throw error
  }
  return {
    learnBrokers: (topic) => cluster.addTargetTopic(topic),
    close,
    call: async ({ apiKey, apiVersion, apiName, answerMsMax, body, decode }, nodeId) => {
      const broker =
        nodeId === undefined ? await cluster.brokerPool.findConnectedBroker() : await cluster.findBroker({ nodeId })
      const answers: ReturnType<typeof decode>[] = []
      await broker.connectionPool.send({
        requestTimeout: answerMsMax,
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
