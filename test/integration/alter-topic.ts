import { wire } from '../../connectors/kafka/bytes.ts'
import { openKafkaClient } from '../../connectors/kafka/client.ts'

const [topicResource, setOperation] = [2, 0]

/** Sets configuration of a topic: IncrementalAlterConfigs v0. */
export async function alterTopic(
  brokers: readonly string[],
  topic: string,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  const configs = Object.entries(config).map(([name, value]) =>
    Buffer.concat([wire.string(name), wire.int8(setOperation), wire.string(value)]),
  )
  const resource = Buffer.concat([wire.int8(topicResource), wire.string(topic), wire.array(configs)])
  const client = await openKafkaClient({ brokers, clientId: 'test' })
  try {
    const errors = await client.call({
      apiKey: 44,
      apiVersion: 0,
      apiName: 'IncrementalAlterConfigs',
      answerMsMax: 5000,
      body: Buffer.concat([wire.array([resource]), wire.int8(0)]),
      decode: (answer) => {
        answer.int32()
        return answer.array(() => {
          const error = answer.int16()
          answer.string()
          answer.int8()
          answer.string()
          return error
        })
      },
    })
    if (errors.some((error) => error !== 0)) throw new Error(`Kafka answered errors ${errors.join(', ')}`)
  } finally {
    await client.close()
  }
}
