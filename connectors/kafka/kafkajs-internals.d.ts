/**
 * The part of kafkajs below its consumer. The consumer can only follow as a member of a group, which costs a rebalance
 * before the first record. It also hides where a batch without records to deliver ends, which a follower must know.
 * kafkajs is pinned to one version, and tests on real brokers use each of these declarations.
 */
declare module 'kafkajs/src/cluster/index.js' {
  import type { Socket } from 'node:net'
  type WireCall = {
    readonly request: {
      readonly apiKey: number
      readonly apiVersion: number
      readonly apiName: string
      readonly encode: () => Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
    }
    /** In milliseconds. */
    readonly requestTimeout: number
    readonly response: {
      readonly decode: (payload: Buffer) => Promise<object>
      readonly parse: (decoded: object) => Promise<void>
    }
  }
  type Broker = { readonly connectionPool: { send(call: WireCall): Promise<void> } }
  type ClusterOptions = {
    readonly brokers: readonly string[]
    readonly clientId: string
    readonly connectionTimeout: number
    readonly requestTimeout: number
    readonly enforceRequestTimeout: boolean
    readonly metadataMaxAge: number
    readonly allowAutoTopicCreation: boolean
    readonly maxInFlightRequests: number | null
    readonly retry: { readonly retries: number; readonly initialRetryTime: number; readonly maxRetryTime: number }
    readonly logger: object
    readonly socketFactory: (wanted: {
      readonly host: string
      readonly port: number
      readonly onConnect: () => void
    }) => Socket
  }
  class Cluster {
    constructor(options: ClusterOptions)
    readonly brokerPool: { findConnectedBroker(): Promise<Broker> }
    connect(): Promise<void>
    disconnect(): Promise<void>
    addTargetTopic(topic: string): Promise<void>
    findBroker(of: { readonly nodeId: number }): Promise<Broker>
  }
  export = Cluster
}

declare module 'kafkajs/src/loggers/index.js' {
  export function createLogger(options: { readonly level: number; readonly logCreator: () => () => void }): object
}
