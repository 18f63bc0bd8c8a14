import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureLayers } from './measure-layers.ts'
import { measureService } from './measure-service.ts'
import { report } from './report.ts'

/**
 * Measures the whole path on generated events. Needs Linux, which tells the memory of a process. Nothing else should
 * run on the machine.
 */
async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 200_000)
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'))
  try {
    process.stdout.write(`Node ${process.version}, ${cpus().length} cores\n`)
    const layers = await measureLayers(folder, count)
    process.stdout.write(`${report(layers)}\n`)
    process.stdout.write(`${report(await measureService(folder, count))}\n`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

await main()
