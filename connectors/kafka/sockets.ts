import { connect, type Socket } from 'node:net'

const keepAliveMs = 60_000

type SocketWanted = { readonly host: string; readonly port: number; readonly onConnect: () => void }

/** The sockets of one client. kafkajs closes a socket only after every answer; these close without the brokers. */
export class KafkaSockets {
  readonly #open = new Set<Socket>()
  #isClosed = false

  /** kafkajs calls this to connect. */
  readonly create = ({ host, port, onConnect }: SocketWanted): Socket => {
    const socket = connect(
      { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs },
      onConnect,
    )
    if (this.#isClosed) socket.destroy(new Error('closed here'))
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    return socket
  }

  /** Makes running calls fail, and every connection from now on. */
  destroy(): void {
    this.#isClosed = true
    for (const socket of this.#open) socket.destroy(new Error('closed here'))
  }
}
