import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askSql } from '../support/ask.ts'
import { Processes, root } from '../support/tidemark-process.ts'

/** A dataset of two fields; `changed` are further members of its declaration, which win. */
function declared(name: string, changed: string): string {
  return `import { z } from 'zod'
import { defineDataset } from '../declare/define-dataset.js'
export const ${name} = defineDataset({
  name: '${name}', topic: '${name}', description: '', time: { path: 'at', aheadMsMax: 0 },
  contract: z.object({ id: z.int(), at: z.int().min(0).max(1e12) }),
  tables: { thing: { kind: 'latest', key: ['id'], columns: { id: { path: 'id', type: 'BIGINT' } } } },
  queries: {}, feeds: {}, counts: {}, filters: {}, panels: [], ${changed}
})`
}

/** By folder: its module, and what everybody is told of it. */
const faults: Readonly<Record<string, { readonly module: string; readonly reason: string }>> = {
  absent: { module: '', reason: 'absent: its module dataset.js exports no dataset absent that defineDataset made' },
  copied: {
    module: declared('original', ''),
    reason:
      'copied: its module dataset.js exports no dataset copied that defineDataset made, but original: the folder has the name of the dataset',
  },
  broken: { module: 'export const broken = {', reason: 'broken: its module dataset.js cannot be imported' },
  secret: {
    module: `throw new Error('no database at /srv/secret')`,
    reason: 'secret: its module dataset.js cannot be imported',
  },
  path: {
    module: declared(
      'path',
      `tables: { thing: { kind: 'latest', key: ['id'], columns: { id: { path: '$foo', type: 'BIGINT' } } } }`,
    ),
    reason: "path: thing.id: $foo is nothing of the log's record, which has $partition, $offset, $timestamp",
  },
  question: {
    module: declared('question', `queries: { all: { description: '', sql: 'SELECT idd FROM thing', parameters: {} } }`),
    reason: 'question: the query all: Binder Error: Referenced column "idd" not found in FROM clause!',
  },
  twin: {
    module: declared('twin', `topic: 'twins'`),
    reason: 'twin: the topic twins is used by twinb as well, both are left out',
  },
  twinb: {
    module: declared('twinb', `topic: 'twins'`),
    reason: 'twinb: the topic twins is used by twin as well, both are left out',
  },
}
/** Commands that plan no SQL take it. */
const planned = ['question']
const names = Object.keys(faults)

let home: string
let processes: Processes
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tidemark-faulty-'))
  for (const each of ['dist', 'package.json']) await cp(join(root, each), join(home, each), { recursive: true })
  await symlink(join(root, 'node_modules'), join(home, 'node_modules'))
  for (const [name, { module }] of Object.entries(faults)) await addDataset(name, module)
  await addDataset('second', declared('second', 'isDefault: true,'))
  processes = await Processes.open(home)
})
afterAll(async () => {
  await processes.close()
  await rm(home, { recursive: true, force: true })
})

async function addDataset(name: string, module: string): Promise<void> {
  await mkdir(join(home, 'dist/schemas', name))
  await writeFile(join(home, 'dist/schemas', name, 'dataset.js'), module)
}

const newData = () => ({ TIDEMARK_DATA_DIR: processes.newDataFolder() })

describe('beside faulty datasets', () => {
  it.each([
    ['--version'],
    ['--help'],
    ['query', '--help'],
    ['ingest', '--help'],
    ['start', '--help'],
    ['help', 'query'],
  ])('%s %s is answered, without a word of them', async (...args) => {
    const { code, stdout, stderr } = await processes.run(args, newData())
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).not.toMatch(/secret|faulty/)
  })

  it('the help of query and of ingest names what the others declare', async () => {
    expect((await processes.run(['query', '--help'], newData())).stdout).toContain('most-active-members  (rsvp)')
    expect((await processes.run(['ingest', '--help'], newData())).stdout).toContain('sensor://  ')
  })

  it('start runs the others and says of each why it is left out: in its log, in status, to whoever asks for it', async () => {
    const service = processes.start(['start'], newData())
    const url = (await service.untilSaid(/answers at (http:\S+)/))[1] ?? ''
    await service.untilSaid(/Ctrl-C ends it/)
    const logged = service.said().replaceAll('\\"', '"')
    for (const { reason } of Object.values(faults)) expect(logged).toContain(`left out: ${reason}`)
    expect(logged).toContain('no database at /srv/secret')

    const expected = names.toSorted().map((dataset) => ({
      dataset,
      reason: expect.stringContaining(faults[dataset]?.reason ?? ''),
    }))
    for (const path of ['/v1/status', '/v1/datasets']) {
      const text = await (await fetch(`${url}${path}`)).text()
      const answer: { left_out: { dataset: string }[]; datasets: object[] } = JSON.parse(text)
      expect(answer.left_out.toSorted((a, b) => (a.dataset < b.dataset ? -1 : 1))).toEqual(expected)
      expect(answer.datasets.length).toBe(3)
      expect(text).not.toContain('/srv/secret')
    }
    expect((await fetch(`${url}/readyz`)).status).toBe(200)

    const event = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"id":1,"at":1}' }
    for (const [name, { reason }] of Object.entries(faults)) {
      for (const [path, request] of [
        ['queries/all', {}],
        ['tables/thing', {}],
        ['events', event],
      ] as const) {
        const response = await fetch(`${url}/v1/${name}/${path}`, request)
        expect([response.status, await response.json()]).toEqual([
          503,
          expect.objectContaining({ code: 'DATASET_FAULTY', detail: expect.stringContaining(reason) }),
        ])
      }
    }
    expect((await fetch(`${url}/v1/nobody/queries/all`)).status).toBe(404)

    expect((await fetch(`${url}/v1/second/events`, event)).status).toBe(200)
    const after = { 'second/0': '1' }
    expect((await askSql(url, 'SELECT count(*) AS n FROM second.thing', { after })).rows).toEqual([{ n: 1 }])
    const asked = { method: 'POST', headers: { 'content-type': 'application/json' } }
    for (const schema of ['question', 'question_batch']) {
      const response = await fetch(`${url}/v1/sql`, { ...asked, body: JSON.stringify({ sql: `FROM ${schema}.thing` }) })
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining('question: the query all: Binder Error'),
      ])
    }
    expect((await service.stop()).code).toBe(130)
  })

  it('doctor and status name them and fail; datasets names them; batch run takes the others', async () => {
    const data = newData()
    const doctor = await processes.run(['doctor', '--create'], data)
    const status = await processes.run(['status'], data)
    const listed = await processes.run(['datasets'], data)
    const json: { dataset: string; problems: string[] }[] = JSON.parse(
      (await processes.run(['datasets', '--json'], data)).stdout,
    )
    expect([doctor.code, status.code, listed.code]).toEqual([1, 1, 0])
    expect(listed.stdout).not.toContain('the default')
    for (const name of names) {
      const { reason } = faults[name] ?? { reason: '' }
      expect(doctor.stdout).toContain(`left out: ${reason}`)
      if (planned.includes(name)) continue
      for (const { stdout } of [status, listed]) expect(stdout).toContain(`${name}\n  problem: left out: ${reason}`)
      expect(json).toContainEqual({ dataset: name, problems: [expect.stringContaining(`left out: ${reason}`)] })
    }
    expect(doctor.stdout).toMatch(/warn +datasets .*rsvp and second both say they are the default/)
    const batch = await processes.run(['batch', 'run'], data)
    expect([batch.code, batch.stdout.match(/"dataset":"\w+"/g)]).toEqual([
      0,
      ['question', 'rsvp', 'second', 'sensor'].map((name) => `"dataset":"${name}"`),
    ])
  })

  it('a command that is given one says why it cannot have it, and one that needs the default that there are two', async () => {
    const file = join(root, 'package.json')
    for (const args of [
      ['status', '--dataset', 'secret'],
      ['ingest', file, '--dataset', 'secret'],
      ['start', '--generate', 'secret://'],
    ]) {
      const { code, stderr } = await processes.run(args, newData())
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining(
          'tidemark: secret: its module dataset.js cannot be imported: no database at /srv/secret',
        ),
      ])
    }
    const { code, stderr } = await processes.run(['start', '--replay', file], newData())
    expect([code, stderr]).toEqual([2, expect.stringContaining('rsvp and second both say they are the default')])
  })

  it('one whose module never ends does not hold a command for long', async () => {
    await addDataset('endless', 'await new Promise(() => {})')
    const { code, stdout } = await processes.run(['status'], newData())
    expect([code, stdout]).toEqual([1, expect.stringContaining('endless: its module was not loaded within 5 s')])
    expect(stdout).toContain('\nrsvp\n')
  })

  it('commands fail, saying why, where no dataset is left', async () => {
    for (const name of ['rsvp', 'sensor', 'second', 'question'])
      await rm(join(home, 'dist/schemas', name), { recursive: true })
    for (const args of [['start'], ['query', 'SELECT 1']]) {
      const { code, stderr } = await processes.run(args, newData())
      expect([code, stderr]).toEqual([2, expect.stringMatching(/^tidemark: there is no dataset to run: .*secret: /m)])
    }
    expect((await processes.run(['--version'], newData())).code).toBe(0)
  })
})
