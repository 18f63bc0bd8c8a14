import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { vi } from 'vitest'
import { addArchiveCommand } from '../../cli/commands/archive.ts'
import { addBatchCommand } from '../../cli/commands/batch.ts'
import { addCheckCommand } from '../../cli/commands/check/check.ts'
import { addCompareCommand } from '../../cli/commands/compare.ts'
import { addDatasetsCommand } from '../../cli/commands/datasets/datasets.ts'
import { addDoctorCommand } from '../../cli/commands/doctor/doctor.ts'
import { addFilesCommand } from '../../cli/commands/files.ts'
import { addGcCommand } from '../../cli/commands/gc.ts'
import { addIngestCommand } from '../../cli/commands/ingest/ingest.ts'
import { addInitCommand } from '../../cli/commands/init/init.ts'
import { addQueryCommand } from '../../cli/commands/query/query.ts'
import { addRejectedCommand } from '../../cli/commands/query/rejected.ts'
import { addReplayServerCommand } from '../../cli/commands/replay-server.ts'
import { addServeCommand } from '../../cli/commands/serve.ts'
import { addStartCommand } from '../../cli/commands/start/start.ts'
import { addStatusCommand } from '../../cli/commands/status/status.ts'
import { addTailCommand } from '../../cli/commands/tail/tail.ts'
import { addVerifyCommand } from '../../cli/commands/verify.ts'
import { openEmbeddedLog } from '../../connectors/embedded/log.ts'
import type { NewRecord } from '../../schemas/ports/log.ts'
import { brokenRecord, rsvpRecords } from '../support/make-rsvp.ts'

/** All there are. */
const commands = [
  addArchiveCommand,
  addBatchCommand,
  addCheckCommand,
  addDatasetsCommand,
  addDoctorCommand,
  addFilesCommand,
  addGcCommand,
  addIngestCommand,
  addInitCommand,
  addQueryCommand,
  addRejectedCommand,
  addReplayServerCommand,
  addServeCommand,
  addStartCommand,
  addStatusCommand,
  addTailCommand,
  addVerifyCommand,
  addCompareCommand,
]

export type Ran = {
  readonly code: number
  readonly stdout: string
  readonly bytes: Uint8Array
  readonly stderr: string
}

/** A data folder of its own, and the commands on it, as a shell would run them one by one. */
export class Tidemark {
  readonly folder: string
  readonly env: Record<string, string>

  static async open(env: Readonly<Record<string, string>> = {}): Promise<Tidemark> {
    return new Tidemark(await mkdtemp(join(tmpdir(), 'tidemark-cli-')), env)
  }

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.folder = folder
    this.env = { TIDEMARK_DATA_DIR: folder, SQL_WORKERS: '1', ...env }
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    const log = await openEmbeddedLog({ folder: join(this.folder, 'log'), partitionCount: 1 })
    await log.ensureTopic('rsvp')
    await log.append('rsvp', records)
    await log.close()
  }

  /** Five events of which four are in generation 1. */
  async oneGeneration(): Promise<void> {
    await this.append([...rsvpRecords(1, 3), brokenRecord('{"rsvp_id": "ü\u0007')])
    await this.run('batch', 'run')
    await this.append(rsvpRecords(4, 1))
  }

  /** As if somebody had deleted it: the next one has another identity. */
  async forgetLog(): Promise<void> {
    await rm(join(this.folder, 'log'), { recursive: true })
  }

  /** The command line, not yet run. */
  program(): Command {
    const program = new Command('tidemark').exitOverride()
    for (const add of commands) add(program, this.env)
    return program
  }

  async run(...args: readonly string[]): Promise<Ran> {
    const program = this.program()
    const [stdout, stderr] = [captured(process.stdout), captured(process.stderr)]
    try {
      await program.parseAsync([...args], { from: 'user' })
      return {
        code: Number(process.exitCode ?? 0),
        stdout: stdout.text(),
        bytes: stdout.bytes(),
        stderr: stderr.text(),
      }
    } finally {
      process.exitCode = undefined
      stdout.restore()
      stderr.restore()
    }
  }

  /** Runs, expects success, and parses what was printed. */
  async json(...args: readonly string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.run(...args)
    if (code !== 0) throw new Error(`tidemark ${args.join(' ')} ended with ${code}: ${stderr}`)
    return JSON.parse(stdout)
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

function captured(stream: NodeJS.WriteStream) {
  const chunks: Uint8Array[] = []
  const spy = vi.spyOn(stream, 'write').mockImplementation((chunk, encodingOrDone, done) => {
    chunks.push(Buffer.from(chunk))
    const callBack = typeof encodingOrDone === 'function' ? encodingOrDone : done
    callBack?.(null)
    return true
  })
  const bytes = () => Buffer.concat(chunks)
  return { bytes, text: () => bytes().toString(), restore: () => spy.mockRestore() }
}
