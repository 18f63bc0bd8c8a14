import { posix } from 'node:path'
import { layerOf } from './source-file.ts'
import type { SourceFile } from './source-file.ts'
import { relativeImports } from './source-rules.ts'
import type { SourceRule } from './source-rules.ts'

const filesMax = 20

/** A folder of more files is no room that a reader can overlook. */
export function keepsFoldersSmall(files: readonly Pick<SourceFile, 'path'>[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { path } of files) {
    const folder = posix.dirname(path)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return [...counts].filter(([, count]) => count > filesMax).map(([folder, count]) => `${folder}/: ${count} files`)
}

/** Stands for the files of a layer that lie in no room. */
const noRoom = '.'

/** The floors of a layer from the ground up, with the rooms on each. What `schemas/` holds beside its rooms are datasets, above them. */
const floors: Readonly<Record<string, readonly (readonly string[])[]>> = {
  schemas: [['async', noRoom], ['contract'], ['ports'], ['formats'], ['declare'], ['sql']],
  connectors: [
    ['disk', 'waiting', 'engine'],
    ['log', 'store', 'framing'],
    ['embedded', 'kafka', 'folder', 's3'],
    ['sources'],
    ['ingest', 'replay-server'],
  ],
  batch: [['archive'], [noRoom], ['compare', 'verify']],
  serving: [
    ['replica', 'dashboard'],
    ['answers'],
    ['http'],
    ['requests', 'events', 'metrics'],
    ['feeds', 'sql'],
    ['openapi'],
    ['pages'],
    ['routes'],
    [noRoom],
  ],
  cli: [['output'], ['parts'], ['flags'], ['roles'], ['commands'], [noRoom]],
}

/** The arrows that go up all the same: who imports what, by the beginnings of their paths. ARCHITECTURE.md says why. */
const upward: readonly (readonly [string, string])[] = [
  ['schemas/ports/', 'schemas/formats/'],
  ['schemas/formats/', 'schemas/sql/sql-text.ts'],
  ['schemas/declare/', 'schemas/sql/'],
]

/** A room imports rooms on lower floors only, so that no arrow goes back up. */
export const importsLowerFloors: SourceRule = (file) => {
  const layer = layerOf(file.path)
  const ofLayer = floors[layer]
  if (ofLayer === undefined) return []
  const floorOf = (room: string): number => {
    const floor = ofLayer.findIndex((rooms) => rooms.includes(room))
    return floor < 0 && layer === 'schemas' ? ofLayer.length : floor
  }
  const room = roomOf(file.path)
  if (floorOf(room) < 0) return [`${file.path}: the room ${layer}/${room}/ has no floor`]
  return relativeImports(file)
    .map((specifier) => posix.join(posix.dirname(file.path), specifier))
    .filter((target) => layerOf(target) === layer && roomOf(target) !== room)
    .filter((target) => floorOf(roomOf(target)) >= floorOf(room))
    .filter((target) => !upward.some(([from, to]) => file.path.startsWith(from) && target.startsWith(to)))
    .map((target) => `${file.path}: ${target} is not on a lower floor`)
}

function roomOf(path: string): string {
  const [, room = '', below] = path.split('/')
  return below === undefined ? noRoom : room
}
