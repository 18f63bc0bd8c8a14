/**
 * A process that appends to an embedded log until it has made `--appends` appends or is killed: each of `--records`
 * records named `<writer>/<append>/<record>`, with the append's number as its source position. Prints a line once it is
 * open (the log's identity) and one per acknowledged append (the ranges it got).
 */
import { parseArgs } from 'node:util'
import { openEmbeddedLog } from '../../../dist/connectors/embedded/log.js'

const { values } = parseArgs({
  options: Object.fromEntries(
    ['folder', 'topic', 'writer', 'appends', 'records', 'partitions'].map((name) => [name, { type: 'string' }]),
  ),
})
const { folder, topic, writer } = values
const padding = 'x'.repeat(1000)

const log = await openEmbeddedLog({ folder, partitionCount: Number(values.partitions), mapSizeBytes: 1024 * 1024 })
await log.ensureTopic(topic)
console.log(await log.identity(topic))
for (let append = 0; append < Number(values.appends); append += 1) {
  const records = Array.from({ length: Number(values.records) }, (_, i) => ({
    key: null,
    value: Buffer.from(`${writer}/${append}/${i}/${padding}`),
  }))
  const previous = append === 0 ? null : String(append - 1)
  const ranges = await log.append(topic, records, { source: writer, position: String(append), previous })
  console.log(
    [...ranges]
      .map(([partition, { firstOffset, nextOffset }]) => `${partition}:${firstOffset}-${nextOffset}`)
      .join(' '),
  )
}
await log.close()
