import { archiveServers } from './measures/archive-servers.ts'
import { archive } from './measures/archive.ts'
import { catchUps } from './measures/catch-up.ts'
import { growth } from './measures/growth.ts'
import { handOver } from './measures/hand-over.ts'
import { increment } from './measures/increment.ts'
import { catchUpMemory, memory } from './measures/memory.ts'
import { profile } from './measures/profile.ts'
import { reads } from './measures/reads.ts'
import { rebuild } from './measures/rebuild.ts'
import { replicas } from './measures/replicas.ts'
import { serviceServers } from './measures/service-servers.ts'
import { service } from './measures/service.ts'
import { smallBatches } from './measures/small-batches.ts'
import { spark } from './measures/spark.ts'
import { stage } from './measures/stage.ts'
import { year } from './measures/year.ts'
import type { Row } from './row.ts'

/** The rows of the report, in its order. */
export const rows: readonly Row[] = [
  stage,
  memory,
  rebuild,
  profile,
  spark,
  increment,
  catchUps,
  catchUpMemory,
  archive,
  archiveServers,
  smallBatches,
  service,
  serviceServers,
  reads,
  handOver,
  growth,
  replicas,
  year,
]
