import { rm } from 'node:fs/promises'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { ident, literal } from '../../schemas/sql/sql-text.ts'
import type { SpeedLayer } from '../../schemas/ports/speed-layer.ts'
import { batchViewSql } from './merged-view.ts'
import { loadNativeTables } from './native-tables.ts'
import type { NativeFile, NativeOptions } from './native-tables.ts'

export type HandOverOptions = {
  readonly dataset: DefinedDataset
  /** A session of the replica that only hand-overs use. */
  readonly session: Session
  readonly speed: Pick<SpeedLayer, 'state' | 'handOver'>
  readonly natives: Omit<NativeOptions, 'dataset'>
  readonly onDetachFailed?: (error: unknown) => void
}

/**
 * Takes a replica from generation to generation, one call at a time. Between calls the files of one generation are
 * attached, and those of earlier ones that could not be detached.
 */
export class HandOver {
  readonly #options: HandOverOptions
  #attached = new Map<string, NativeFile>()

  constructor(options: HandOverOptions) {
    this.#options = options
  }

  /**
   * Loads and attaches a generation, then shows it in one transaction: readers see the old state or the new one, never
   * a mix. Running queries keep the old files. A generation that is not newer than the attached one changes nothing.
   */
  async to(manifest: Manifest): Promise<void> {
    const { dataset, speed, natives } = this.#options
    if (manifest.generation <= speed.state().generation) return
    const tables = await loadNativeTables({ ...natives, dataset }, manifest)
    const wanted = new Map(Object.values(tables).flatMap((files) => files.map((file) => [file.alias, file])))
    for (const [alias, file] of wanted) {
      if (this.#attached.has(alias)) continue
      await this.#attach(file, manifest)
      // Noted one by one, so that the next hand-over can detach files that a failure leaves attached.
      this.#attached.set(alias, file)
    }
    await speed.handOver({
      ...manifest,
      streamTime: manifest.stream_time,
      viewStatements: batchViewSql(dataset, tables),
    })
    for (const alias of this.#attached.keys()) if (!wanted.has(alias)) await this.#detach(alias)
  }

  /** A file in the cache that cannot be read, or that another process has just dropped, is built again. */
  async #attach(file: NativeFile, manifest: Manifest): Promise<void> {
    const { dataset, session, natives } = this.#options
    const sql = `ATTACH IF NOT EXISTS ${literal(file.path)} AS ${ident(file.alias)} (READ_ONLY)`
    try {
      await session.run(sql)
    } catch {
      await rm(file.path, { force: true })
      await loadNativeTables({ ...natives, dataset }, manifest)
      await session.run(sql)
    }
  }

  /**
   * The hand-over is done already. A file that cannot be detached now stays attached until the next hand-over tries
   * again.
   */
  async #detach(alias: string): Promise<void> {
    const { session, onDetachFailed } = this.#options
    try {
      await session.run(`DETACH ${ident(alias)}`)
      this.#attached.delete(alias)
    } catch (error) {
      onDetachFailed?.(error)
    }
  }
}
