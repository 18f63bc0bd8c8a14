import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The module of a dataset that lies with its owner; `changed` are further members of its declaration, which win. */
export function ownedModule(name: string, changed = ''): string {
  return `import { z } from 'zod'
import { defineDataset } from 'tidemark'
export default defineDataset({
  name: '${name}', topic: '${name}', description: '', time: { path: 'at', aheadMsMax: 0 },
  contract: z.object({ id: z.int(), at: z.int().min(0).max(1e12) }),
  tables: { thing: { kind: 'latest', key: ['id'], columns: { id: { path: 'id', type: 'BIGINT' } } } },
  queries: {}, feeds: {}, counts: {}, filters: {}, panels: [], ${changed}
})`
}

/** A folder outside the repository, with nothing above it that Node would find a package in. */
export class OwnersFolder {
  readonly path: string

  static async open(): Promise<OwnersFolder> {
    return new OwnersFolder(await mkdtemp(join(tmpdir(), 'tidemark-owner-')))
  }

  private constructor(path: string) {
    this.path = path
  }

  /** Writes a file and returns its path. */
  async write(name: string, text: string): Promise<string> {
    const file = join(this.path, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    return file
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}
