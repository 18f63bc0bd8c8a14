import type { DuckDbEngine } from '../../connectors/engine/duckdb-engine.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'

export type Plumbing = { readonly log: EventLog; readonly store: ObjectStore }

/**
 * Opens an engine with this name, which spills into the work folder and interrupts its statements when the process is
 * overdue. If `threads` is absent, it has as many as the engine of a batch run.
 */
export type OpenEngine = (name: string, memoryBytesMax: number, threads?: number) => Promise<DuckDbEngine>
