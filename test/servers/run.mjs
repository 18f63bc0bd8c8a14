/**
 * Starts test servers by hand: `node test/servers/run.mjs kafka minio`, of kafka, kafka-3.9.2, minio and versitygw. Prints
 * the variables that make `tidemark` and the tests use them, and goes on running until it is interrupted.
 */
import { createViteServer } from 'vitest/node'

const starters = {
  kafka: () => load('kafka.ts').then(({ startKafka }) => startKafka()),
  'kafka-3.9.2': () => load('kafka.ts').then(({ startKafka }) => startKafka({ version: '3.9.2' })),
  minio: () => load('minio.ts').then(({ startMinio }) => startMinio()),
  versitygw: () => load('versitygw.ts').then(({ startVersitygw }) => startVersitygw()),
}
const names = process.argv.slice(2)
if (names.length === 0 || !names.every((name) => name in starters)) {
  console.error(`usage: node test/servers/run.mjs NAME...   of ${Object.keys(starters).join(', ')}`)
  process.exit(2)
}

const root = new URL('../..', import.meta.url).pathname
const vite = await createViteServer({
  root,
  configFile: false,
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, ws: false, watch: null },
})
// For good: a second signal must not end this process before its servers.
const interrupted = new Promise((resolve) => ['SIGINT', 'SIGTERM'].forEach((signal) => process.on(signal, resolve)))
const servers = await Promise.all(names.map((name) => starters[name]()))
for (const { env } of servers) for (const [name, value] of Object.entries(env)) console.log(`export ${name}=${value}`)
await interrupted
await Promise.all(servers.map((server) => server.stop()))
await vite.close()

function load(file) {
  return vite.ssrLoadModule(`/test/servers/${file}`)
}
