import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { answerS3, errorAnswer, type S3Objects } from './s3-protocol.ts'
import { flipBit } from './flip-bit.ts'

/**
 * `reset-before` and `reset-after`: the connection ends without an answer, before or after the request took effect. `cut`: it
 * ends in the middle of the answer's body. A status with a code is answered instead of doing anything. `flipBit` changes that
 * bit of the answer's body, by its number, as bad memory does.
 */
export type S3Fault =
  | 'reset-before'
  | 'reset-after'
  | 'cut'
  | { readonly status: number; readonly code: string }
  | { readonly flipBit: number }

const bucket = 'bucket'

/** S3 in memory on a real socket, which fences, and fails on demand. Checks bodies against their hashes, not signatures. */
export class S3Server {
  readonly #objects: S3Objects = new Map()
  readonly #faults: { readonly method: string; readonly fault: S3Fault }[] = []
  readonly #server: Server = createServer((request, response) => void this.#handle(request, response))
  readonly #flips = new Map<string, number>()
  readonly #seen: string[] = []
  #hasBucket = true

  static async start(): Promise<S3Server> {
    const fake = new S3Server()
    fake.#server.listen(0, '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  /** What a store needs to use it. */
  get options() {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the server is not listening')
    const credentials = { accessKeyId: 'fake', secretAccessKey: 'fake' }
    return { bucket, endpoint: `http://127.0.0.1:${address.port}`, clientConfig: { region: 'us-east-1', credentials } }
  }

  /** The methods of the requests so far. */
  get seen(): readonly string[] {
    return this.#seen
  }

  /** One fault for each of the next requests with the method. */
  failNext(method: 'PUT' | 'GET' | 'HEAD' | 'DELETE', ...faults: readonly S3Fault[]): void {
    this.#faults.push(...faults.map((fault) => ({ method, fault })))
  }

  /** Changes one bit of the object itself; a second time, back. */
  flipForGood(key: string, bit: number): void {
    const held = this.#objects.get(key)
    if (held !== undefined) flipBit(held.body, bit)
  }

  /** Changes one bit of the next answer that holds the whole object. */
  flipOnce(key: string, bit: number): void {
    this.#flips.set(key, bit)
  }

  set(key: string, body: string, metadata: Readonly<Record<string, string>> = {}): void {
    this.#objects.set(key, { body: Buffer.from(body), metadata })
  }

  metadata(key: string): Readonly<Record<string, string>> | null {
    return this.#objects.get(key)?.metadata ?? null
  }

  removeBucket(): void {
    this.#hasBucket = false
  }

  async close(): Promise<void> {
    const closed = once(this.#server.close(), 'close')
    this.#server.closeAllConnections()
    await closed
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', headers } = request
    this.#seen.push(method)
    const fault = this.#takeFault(method)
    if (fault === 'reset-before') return void request.socket.destroy()
    const url = new URL(request.url ?? '', 'http://fake')
    const answer = this.#answer({ method, url, headers, body: Buffer.concat(chunks) }, fault)
    if (fault === 'reset-after') return void request.socket.destroy()
    const body = Buffer.from(answer.body)
    this.#damage(body, url, { method, headers })
    if (typeof fault === 'object' && fault !== null && 'flipBit' in fault) flipBit(body, fault.flipBit)
    response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length })
    if (fault === 'cut') return void response.write(body.subarray(0, 1), () => request.socket.destroy())
    response.end(method === 'HEAD' ? undefined : body)
  }

  #answer(request: Parameters<typeof answerS3>[1], fault: S3Fault | null) {
    if (typeof fault === 'object' && fault !== null && 'code' in fault) return errorAnswer(fault.status, fault.code)
    const isOfBucket = request.url.pathname.split('/').slice(2).join('/') === ''
    if (isOfBucket && request.method === 'PUT') {
      if (this.#hasBucket) return errorAnswer(409, 'BucketAlreadyOwnedByYou')
      this.#hasBucket = true
    }
    return this.#hasBucket ? answerS3(this.#objects, request) : errorAnswer(404, 'NoSuchBucket')
  }

  #damage(body: Buffer, { pathname }: URL, { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): void {
    const key = decodeURIComponent(pathname).split('/').slice(2).join('/')
    const bit = this.#flips.get(key)
    if (method !== 'GET' || headers.range !== undefined || bit === undefined) return
    this.#flips.delete(key)
    flipBit(body, bit)
  }

  #takeFault(method: string): S3Fault | null {
    const index = this.#faults.findIndex((fault) => fault.method === method)
    return index === -1 ? null : (this.#faults.splice(index, 1)[0]?.fault ?? null)
  }
}
