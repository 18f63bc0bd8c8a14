import { Command } from 'commander'
import { addArchiveCommand } from './archive.ts'
import { addBatchCommand } from './batch.ts'
import { exitCodes } from './exit-code.ts'
import { addIngestCommand } from './ingest.ts'
import { addServeCommand } from './serve.ts'
import { addStartCommand } from './start.ts'
import { version } from './version.ts'

const program = new Command('tidemark')
  .description('Answers about a live stream of events, as if all of its history were one SQL database that is always up to date.')
  .version(version)
  .showHelpAfterError('(add --help for what there is)')
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage)
  })

addStartCommand(program, process.env)
addIngestCommand(program, process.env)
addArchiveCommand(program, process.env)
addBatchCommand(program, process.env)
addServeCommand(program, process.env)

await program.parseAsync()
