import { describe, expect, it } from 'vitest'
import { loadRepository, type Repository } from './repository.ts'

const { paths, pages } = await loadRepository(new URL('../..', import.meta.url).pathname)
const layers = ['schemas', 'connectors', 'batch', 'speed', 'serving', 'cli']
const page = pages.get('ARCHITECTURE.md') ?? ''

/** Rooms of a layer without a line in the map, lines without a room, and lines that come twice. A dataset is a room of its own kind. */
function faults(map: string, of: Repository['paths']): readonly string[] {
  const drawn = [...map.matchAll(/^\| `(\w+\/[\w-]+)\/` \| \S/gm)].map(([, room = '']) => room)
  const rooms = [...of].filter((path) => {
    const [layer = '', room, ...rest] = path.split('/')
    return layers.includes(layer) && room !== undefined && rest.length === 0 && isFolder(path, of)
  })
  const expected = rooms.filter((room) => !of.has(`${room}/dataset.ts`) || room === 'schemas/declare')
  return [
    ...expected.filter((room) => !drawn.includes(room)).map((room) => `${room}/ is not in the map`),
    ...drawn.filter((room) => !expected.includes(room)).map((room) => `there is no room ${room}/`),
    ...drawn.filter((room, at) => drawn.indexOf(room) !== at).map((room) => `${room}/ is drawn twice`),
  ]
}

function isFolder(path: string, of: Repository['paths']): boolean {
  return [...of].some((other) => other.startsWith(`${path}/`))
}

describe('the map of rooms in ARCHITECTURE.md', () => {
  it('has one line for each room', () => {
    expect(faults(page, paths)).toEqual([])
  })

  it('a planted breach is seen: a room that is not drawn, a line without a room, a line that comes twice', () => {
    const line = '| `serving/replica/` | from'
    expect(faults(page.replace(line, '| serving/replica | from'), paths)).toEqual([
      'serving/replica/ is not in the map',
    ])
    expect(faults(`${page}| \`serving/gone/\` | all\n`, paths)).toEqual(['there is no room serving/gone/'])
    expect(faults(`${page}${line}\n`, paths)).toEqual(['serving/replica/ is drawn twice'])
  })
})
