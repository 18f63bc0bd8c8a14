import { jsonText } from '../../serving/answers/json-answer.ts'

/** Writes all of the data to stdout. It is not an error if the reader, such as `head`, has gone. */
export async function write(data: string | Uint8Array): Promise<void> {
  // The callback reports a failure too; without a listener the stream would also throw it.
  process.stdout.on('error', ignore)
  const failure = await new Promise<Error | null | undefined>((resolve) => {
    process.stdout.write(data, resolve)
  })
  if (failure && !('code' in failure && failure.code === 'EPIPE')) throw failure
}

/** Bigints, such as offsets, become strings of digits. */
export async function writeJson(value: unknown): Promise<void> {
  await write(`${JSON.stringify(JSON.parse(jsonText(value)), null, 2)}\n`)
}

/** Writes a message for people, which is not part of the data, to stderr. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}

function ignore(): void {}
