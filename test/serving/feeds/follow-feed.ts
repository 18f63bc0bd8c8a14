import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { EventSourceMessage } from 'eventsource-parser/stream'
import { z } from 'zod'

export const Message = z.object({
  feed: z.string(),
  as_of: z.object({ view: z.string(), datasets: z.record(z.string(), z.unknown()) }),
  answers: z.record(
    z.string(),
    z.object({
      columns: z.array(z.object({ name: z.string(), type: z.string() })),
      rows: z.array(z.record(z.string(), z.unknown())),
      truncated: z.boolean(),
    }),
  ),
})

/** A feed as a browser's `fetch` reads it. */
export class FollowedFeed {
  readonly response: Response
  readonly comments: string[] = []
  retryMs: number | null = null
  readonly #abort: AbortController
  readonly #events: ReadableStreamDefaultReader<EventSourceMessage>

  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<FollowedFeed> {
    const abort = new AbortController()
    return new FollowedFeed(await fetch(url, { headers, signal: abort.signal }), abort)
  }

  private constructor(response: Response, abort: AbortController) {
    this.response = response
    this.#abort = abort
    const onComment = (comment: string) => this.comments.push(comment)
    const onRetry = (ms: number) => (this.retryMs = ms)
    this.#events = (response.body ?? new ReadableStream())
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream({ onComment, onRetry }))
      .getReader()
  }

  /** Null once the server has ended the stream. */
  async next(): Promise<EventSourceMessage | null> {
    return (await this.#events.read()).value ?? null
  }

  async nextMessage(): Promise<z.infer<typeof Message>> {
    return Message.parse(JSON.parse((await this.next())?.data ?? 'null'))
  }

  leave(): void {
    this.#abort.abort()
  }
}
