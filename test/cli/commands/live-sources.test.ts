import { afterAll, beforeAll, expect, it } from 'vitest'
import { Tidemark } from '../run-tidemark.ts'

const recording = new URL('../../../recordings/rsvps-2017-03-19.ndjson', import.meta.url).pathname

let tidemark: Tidemark
beforeAll(async () => {
  tidemark = await Tidemark.open()
})
afterAll(() => tidemark.close())

it.each([
  [['replay-server', recording, '--drop-every', '0'], /--drop-every: expected a number from 1/],
  [['replay-server', recording, '--speedup', 'fast'], /--speedup fast: expected/],
  [['replay-server', recording, '--port', '99999'], /--port 99999: expected a port/],
  [['replay-server', recording, '--dataset', 'none'], /there is no dataset none; there are rsvp/],
  [['ingest', 'ws://'], /^tidemark: ws:\/\/ is no address/],
  [['ingest', 'ftp://127.0.0.1/'], /sources are a file, /],
  [['ingest', 'ws://127.0.0.1:1/', '--idle', 'soon'], /--idle: expected a number from 1/],
  [['ingest', 'sensor://rums=3'], /^tidemark: sensor:\/\/: there is no option rums\n.*\n {4}rooms=8 +Rooms/],
  [['ingest', 'sensor://', '--dataset', 'rsvp'], /sensor:\/\/: makes events of sensor, not of rsvp/],
])('refuses %j', async (args, message) => {
  expect(await tidemark.run(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
})

it('says that there is no recording to serve', async () => {
  const missing = await tidemark.run('replay-server', 'none.ndjson', '--port', '0')
  expect(missing).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^tidemark: there is no file .*none\.ndjson/m),
  })
  const empty = await tidemark.run('replay-server', '/dev/null', '--port', '0')
  expect(empty).toMatchObject({ code: 1, stderr: 'tidemark: /dev/null holds no events\n' })
})

it('says what it took of a bulk load, and what of it is rejected', async () => {
  const { code, stderr } = await tidemark.run('ingest', recording)
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: `Rejected events are in the log; tidemark rejected --dataset rsvp says why.\nfile:${recording}: 1542 received, 0 too long, 1542 appended: 1541 accepted, 1 rejected\n`,
  })
  expect(await tidemark.run('ingest', recording, '--strict')).toMatchObject({ code: 0 })
})

it('makes events up and judges them, a run of its own each time', async () => {
  const address = 'sensor://rooms=2&rate=10000&count=200&repeats=0&corrections=0&late=0&broken=0.1'
  for (let run = 1; run <= 2; run += 1) {
    const { code, stderr } = await tidemark.run('ingest', address)
    expect(code).toBe(0)
    const [, received, accepted, rejected] =
      /: (\d+) received, 0 too long, 200 appended: (\d+) accepted, (\d+) rejected\n$/.exec(stderr)?.map(Number) ?? []
    expect(received).toBe(200)
    expect(rejected).toBeGreaterThan(0)
    expect(Number(accepted) + Number(rejected)).toBe(200)
  }
  const { stdout } = await tidemark.run(
    'query',
    'SELECT (SELECT count(*) FROM sensor.arrival) - (SELECT count(*) FROM sensor.reading) AS collided, count(DISTINCT sensor_id) AS sensors FROM sensor.reading',
    '--format',
    'csv',
  )
  expect(stdout).toBe('collided,sensors\r\n0,4\r\n')
})
