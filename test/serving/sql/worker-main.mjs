/**
 * A SQL worker over a small engine, locked as the real one is. `--folder` holds native files. A statement that carries one
 * of the comments below makes the reader misbehave, as a real one could.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { lockStatements } from '../../../dist/serving/sql/lock-engine.js'
import { runStatement } from '../../../dist/serving/replica/run-statement.js'
import { startSqlWorker } from '../../../dist/serving/sql/worker.js'

const { values } = parseArgs({
  options: { folder: { type: 'string' }, memory: { type: 'string' }, fault: { type: 'string', default: '' } },
})
if (values.fault === 'ends at start') process.exit(7)

const engineBytesMax = 200 * 1024 * 1024
const retained = []
const misbehaviours = {
  '/* exit */': () => process.exit(7),
  '/* spin */': () => {
    for (;;);
  },
  '/* nonsense */': () => process.send({ type: 'nonsense' }),
  '/* not a row */': () => process.send({ type: 'rows', id: 1, text: '{}\n' }),
  '/* too much */': (request) => process.send({ type: 'rows', id: 1, text: 'x'.repeat(8 * request.bytesMax + 2000) }),
  '/* stale */': () => process.send({ type: 'failure', id: 0, code: 'BUSY', message: 'not yours', details: {} }),
  // Address space that is kept and not used, as an allocator keeps it after a peak.
  '/* reserve */': () => retained.push(Buffer.allocUnsafe(500 * 1024 * 1024)),
  '/* retain */': () => retained.push(Buffer.alloc(500 * 1024 * 1024, 1)),
  '/* retain a little */': () => retained.push(Buffer.alloc(50 * 1024 * 1024, 1)),
  '/* hoard */': () => {
    retained.push(Buffer.alloc(250 * 1024 * 1024, 1))
    return new Promise(() => undefined)
  },
  '/* fail */': () => {
    throw new Error('the engine is broken')
  },
}

async function openReader() {
  if (values.fault === 'never ready') await new Promise((resolve) => setTimeout(resolve, 2 ** 30))
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${engineBytesMax / 1024}KiB`,
    threads: '2',
    temp_directory: join(values.folder, 'spill'),
  })
  const connection = await instance.connect()
  const natives = join(values.folder, 'native')
  await connection.run(`ATTACH '${join(natives, 'first.duckdb')}' AS first (READ_ONLY)`)
  for (const schema of ['rsvp', 'rsvp_batch', 'rsvp_speed']) {
    await connection.run(`CREATE SCHEMA ${schema}`)
    await connection.run(`CREATE VIEW ${schema}.member AS FROM first.rows`)
  }
  await connection.run(`SET search_path = 'rsvp'`)
  for (const sql of lockStatements({
    readableFolder: natives,
    spillBytesMax: values.fault === 'no spill' ? 1024 : 512 * 1024 * 1024,
  }))
    await connection.run(sql)

  async function read(request) {
    for (const [comment, misbehave] of Object.entries(misbehaviours))
      if (request.sql.includes(comment)) await misbehave(request)
    if (request.sql.includes('/* hand over */')) {
      await connection.run(`ATTACH '${join(natives, 'second.duckdb')}' AS second (READ_ONLY)`)
      await connection.run('CREATE OR REPLACE VIEW rsvp.member AS FROM second.rows')
    }
    if (request.sql.includes('/* environment */')) return environmentAnswer(request)
    const asOf = { view: request.view, datasets: {} }
    return { ...(await runStatement(connection, request)), asOf, elapsedMs: 1 }
  }

  return { read, status: () => [status], close: async () => undefined }
}

function environmentAnswer({ view }) {
  const rows = Object.entries(process.env)
  return { columns: [], rows, isTruncated: false, asOf: { view, datasets: {} }, elapsedMs: 1 }
}

const status = {
  dataset: 'rsvp',
  topic: 'rsvp',
  generation: 1,
  tidemark: { 'rsvp/0': '1' },
  speed: { 'rsvp/0': '2' },
  stream_time: null,
  lag_ms: 0,
  isReady: true,
  waitingFor: null,
  start_end: { 'rsvp/0': '2' },
}

const tables = new Map([['rsvp', ['member']]])
await startSqlWorker({
  openReader,
  tables,
  leftOut: new Map(),
  memoryBytesMax: Number(values.memory),
  engineBytesMax,
  channel: process,
})
