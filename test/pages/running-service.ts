import { createServer } from 'node:net'
import { once } from 'node:events'
import { Processes, recording } from '../support/tidemark-process.ts'
import type { TidemarkProcess } from '../support/tidemark-process.ts'

/** A service on the recording, at an address that stays its own when it is started again. */
export class RunningService {
  readonly url: string
  readonly #processes: Processes
  readonly #env: Readonly<Record<string, string>>
  #service: TidemarkProcess | null = null

  static async start(env: Readonly<Record<string, string>> = {}): Promise<RunningService> {
    const service = new RunningService(await Processes.open(), await freePort(), env)
    await service.start()
    return service
  }

  private constructor(processes: Processes, port: number, env: Readonly<Record<string, string>>) {
    this.#processes = processes
    this.url = `http://127.0.0.1:${port}`
    this.#env = { ...env, TIDEMARK_DATA_DIR: processes.newDataFolder(), PORT: String(port) }
  }

  /** Resolves once it has all of the recording and answers. */
  async start(): Promise<void> {
    const service = this.#processes.start(['start', '--replay', recording, '--speedup', 'max'], this.#env)
    this.#service = service
    await service.untilSaid(/Ctrl-C ends it/)
  }

  async stop(): Promise<void> {
    await this.#service?.stop()
  }

  async close(): Promise<void> {
    await this.#processes.close()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new TypeError('a server that listens has a port')
  return address.port
}
