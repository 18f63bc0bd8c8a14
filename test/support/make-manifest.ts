import type { Manifest } from '../../schemas/formats/manifest.ts'

/** A manifest of `rsvp` that names no files, with what a test says of it. */
export function makeManifest({ generation, ...said }: Pick<Manifest, 'generation'> & Partial<Manifest>): Manifest {
  return {
    format: 2,
    dataset: 'rsvp',
    generation,
    predecessor: generation - 1,
    run_id: 'run',
    declaration: 'hash',
    topic: 'rsvp',
    log_identity: 'log',
    tidemark: new Map([[0, BigInt(generation)]]),
    lost: new Map(),
    stream_time: null,
    created_at: '2017-03-19T12:29:00.000Z',
    run_ms: 1,
    is_rebuild: false,
    tables: {},
    ...said,
  }
}
