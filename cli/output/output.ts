import { jsonText } from '../../serving/answers/json-answer.ts'

/** Writes data to stdout, whole. A reader that has gone away, as `head` does, is no fault. */
export async function write(data: string | Uint8Array): Promise<void> {
  // The callback tells of a failure, too; without a listener the stream would throw it beside.
  process.stdout.on('error', ignore)
  const failure = await new Promise<Error | null | undefined>((resolve) => {
    process.stdout.write(data, resolve)
  })
  if (failure && !('code' in failure && failure.code === 'EPIPE')) throw failure
}

/** Offsets, which are bigints, become strings of digits. */
export async function writeJson(value: unknown): Promise<void> {
  await write(`${JSON.stringify(JSON.parse(jsonText(value)), null, 2)}\n`)
}

/** Something for people to know beside the data. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}

function ignore(): void {}
