import { once } from 'node:events'
import { connect } from 'node:net'

/** Its length, ApiVersions (key 18, version 0), correlation id 1, no client id. */
const apiVersionsRequest = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff])
const answerWithinMs = 2_000

/** Kafka opens its port seconds before it answers anything on it. */
export async function answersApiVersions(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  const signal = AbortSignal.timeout(answerWithinMs)
  try {
    await once(socket, 'connect', { signal })
    socket.write(apiVersionsRequest)
    await once(socket, 'data', { signal })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
