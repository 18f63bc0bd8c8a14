/** A service with one SQL worker over the folder given: prints an answer and waits for its end. */
import { SqlWorkers } from '../../../dist/serving/sql/workers.js'

const memory = 700 * 1024 * 1024
const script = new URL('worker-main.mjs', import.meta.url).pathname
const args = ['--folder', process.argv[2], '--memory', String(memory)]
const workers = new SqlWorkers({
  command: { script, args, environment: {}, memoryBytesMax: memory },
  count: 1,
  waitingMax: 1,
  graceMs: 300,
  restartMs: 10,
  spareMs: 60_000,
  setAlarm: () => () => undefined,
})
workers.start()
const sql = 'SELECT sum(member_id) FROM rsvp.member'
const caps = {
  params: [],
  view: 'merged',
  dataset: null,
  after: new Map(),
  rowsMax: 10,
  bytesMax: 1000,
  timeoutMs: 20_000,
}
const { rows } = await workers.read({ sql, ...caps })
console.log(`answered ${rows[0][0]}`)
