import { Command } from 'commander'
import { addArchiveCommand } from './archive.ts'
import { addBatchCommand } from './batch.ts'
import { addDoctorCommand } from './doctor.ts'
import { exitCodes } from './exit-code.ts'
import { addFilesCommand } from './files.ts'
import { addGcCommand } from './gc.ts'
import { addIngestCommand } from './ingest.ts'
import { addQueryCommand } from './query.ts'
import { addRejectedCommand } from './rejected.ts'
import { addReplayServerCommand } from './replay-server.ts'
import { addServeCommand } from './serve.ts'
import { addStartCommand } from './start.ts'
import { addStatusCommand } from './status.ts'
import { addTailCommand } from './tail.ts'
import { addVerifyCommand } from './verify.ts'
import { version } from './version.ts'

const program = new Command('tidemark')
  .description(
    'Answers about a live stream of events, as if all of its history were one SQL database that is always up to date.',
  )
  .version(version)
  .showHelpAfterError('(add --help for what there is)')
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage)
  })

addStartCommand(program, process.env)
addIngestCommand(program, process.env)
addReplayServerCommand(program, process.env)
addArchiveCommand(program, process.env)
addBatchCommand(program, process.env)
addServeCommand(program, process.env)
addQueryCommand(program, process.env)
addFilesCommand(program, process.env)
addStatusCommand(program, process.env)
addTailCommand(program, process.env)
addVerifyCommand(program, process.env)
addRejectedCommand(program, process.env)
addGcCommand(program, process.env)
addDoctorCommand(program, process.env)

await program.parseAsync()
