import { archive } from './measures/archive.ts'
import { catchUps } from './measures/catch-up.ts'
import { growth } from './measures/growth.ts'
import { increment } from './measures/increment.ts'
import { catchUpMemory, memory } from './measures/memory.ts'
import { rebuild } from './measures/rebuild.ts'
import { service } from './measures/service.ts'
import { stage } from './measures/stage.ts'
import type { Row } from './row.ts'

/** The rows of the report, in its order. */
export const rows: readonly Row[] = [
  stage,
  memory,
  rebuild,
  increment,
  catchUps,
  catchUpMemory,
  archive,
  service,
  growth,
]
