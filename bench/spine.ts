import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureLayers } from './measure-layers.ts'
import { measureService } from './measure-service.ts'
import { report } from './report.ts'

/** Figures of the whole path on generated events. Linux, for the memory of a process; nothing else should run meanwhile. */
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
