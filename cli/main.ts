import { Command } from 'commander'
import { addArchiveCommand } from './commands/archive.ts'
import { addBatchCommand } from './commands/batch.ts'
import { addCheckCommand } from './commands/check/check.ts'
import { addCompareCommand } from './commands/compare.ts'
import { addDatasetsCommand } from './commands/datasets/datasets.ts'
import { addDoctorCommand } from './commands/doctor/doctor.ts'
import { exitCodes } from './flags/exit-code.ts'
import { addFilesCommand } from './commands/files.ts'
import { addGcCommand } from './commands/gc.ts'
import { addIngestCommand } from './commands/ingest/ingest.ts'
import { addInitCommand } from './commands/init/init.ts'
import { addQueryCommand } from './commands/query/query.ts'
import { addRejectedCommand } from './commands/query/rejected.ts'
import { addReplayServerCommand } from './commands/replay-server.ts'
import { addServeCommand } from './commands/serve.ts'
import { addStartCommand } from './commands/start/start.ts'
import { addStatusCommand } from './commands/status/status.ts'
import { addTailCommand } from './commands/tail/tail.ts'
import { addVerifyCommand } from './commands/verify.ts'
import { version } from './flags/version.ts'

const program = new Command('tidemark')
  .description(
    'Answers about a live stream of events, as if all of its history were one SQL database that is always up to date.',
  )
  .version(version)
  .showHelpAfterError('(--help names the commands and options)')
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage)
  })

addInitCommand(program, process.env)
addStartCommand(program, process.env)
addIngestCommand(program, process.env)
addReplayServerCommand(program, process.env)
addArchiveCommand(program, process.env)
addBatchCommand(program, process.env)
addServeCommand(program, process.env)
addQueryCommand(program, process.env)
addDatasetsCommand(program, process.env)
addCheckCommand(program, process.env)
addFilesCommand(program, process.env)
addStatusCommand(program, process.env)
addTailCommand(program, process.env)
addVerifyCommand(program, process.env)
addCompareCommand(program, process.env)
addRejectedCommand(program, process.env)
addGcCommand(program, process.env)
addDoctorCommand(program, process.env)

await program.parseAsync()
