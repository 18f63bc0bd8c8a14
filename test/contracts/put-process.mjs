/**
 * A process that puts one object under each of `--keys` and is told when to begin, so that several race. Every body is
 * `--bytes` long and begins with `--writer`. `--store` is JSON of `{folder}` or of the options of an S3 store. Prints
 * `open`, waits for a line, then prints one outcome per key.
 */
import { once } from 'node:events'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: Object.fromEntries(['store', 'writer', 'keys', 'bytes'].map((name) => [name, { type: 'string' }])),
})
const store = await openStore(JSON.parse(values.store))
const body = Buffer.alloc(Number(values.bytes), '.')
body.write(`${values.writer}\n`)
console.log('open')
await once(process.stdin, 'data')
process.stdin.destroy()
for (const key of values.keys.split(',')) console.log(await store.putIfAbsent(key, body))
await store.close()

async function openStore(options) {
  if ('folder' in options) {
    const { openFolderStore } = await import('../../dist/connectors/folder/store.js')
    return openFolderStore(options)
  }
  const { openS3Store } = await import('../../dist/connectors/s3/store.js')
  return openS3Store(options)
}
