import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import { withSession } from '../schemas/ports/engine.ts'
import type { Engine } from '../schemas/ports/engine.ts'
import type { EventLog } from '../schemas/ports/log.ts'
import type { SpeedLayer } from '../schemas/ports/speed-layer.ts'
import type { ObjectStore } from '../schemas/ports/store.ts'
import { LogFollower } from './follow-log.ts'
import type { FollowOptions } from './follow-log.ts'
import { loadChunks } from './load-chunks.ts'
import { SpeedView } from './speed-view.ts'
import type { NewlyLost } from './speed-view.ts'

export type SpeedLayerOptions = Pick<
  FollowOptions,
  'intervalMs' | 'restMs' | 'pendingBytesMax' | 'untilFolded' | 'onApplied'
> & {
  readonly dataset: DefinedDataset
  readonly log: EventLog
  readonly store: ObjectStore
  /** The engine that holds the speed view, in schemas of its dataset. */
  readonly engine: Engine
  /** Called after each step from which on answers lack more events that the log deleted before they were archived. */
  readonly onLost?: (newly: NewlyLost) => void
}

/** Opens the speed layer of one dataset, which reads raw chunks and the log. It is empty and does not follow yet. */
export async function openSpeedLayer(options: SpeedLayerOptions): Promise<SpeedLayer> {
  const { dataset, log, store, engine, onLost, ...following } = options
  const session = await engine.connect()
  const view = new SpeedView(dataset, session, onLost === undefined ? {} : { onLost })
  await view.open()
  const load = () => withSession(engine, (reading) => loadChunks({ dataset, store, session: reading, view }))
  const follower = new LogFollower({ ...following, log, topic: dataset.topic, view, loadLost: load })
  /** Both the log and the chunks move the view, so both wake the callers that wait for positions. */
  const noting = async (work: Promise<void>): Promise<void> => {
    await work
    follower.noteProgress()
  }
  return {
    state: () => view.state(),
    reach: (target, signal) => follower.reach(target, signal),
    wake: (withinMs) => follower.wake(withinMs),
    receive: (target, signal) => follower.receive(target, signal),
    get oldestPending() {
      return follower.oldestPending
    },
    handOver: (next) => noting(view.handOver(next)),
    loadChunks: () => noting(load()),
    start: () => follower.start(),
    get ended() {
      return follower.ended
    },
    async close() {
      await follower.close()
      view.close()
      session.close()
    },
  }
}
