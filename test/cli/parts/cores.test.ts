import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../../cli/parts/config.ts'
import { coresGiven } from '../../../cli/parts/cores.ts'
import { engineLimits } from '../../../cli/parts/engine-limits.ts'

/** Reads these files only, as a machine would that has no others. */
function machineOf(files: Readonly<Record<string, string>>): (path: string) => string {
  return (path) => {
    const text = files[path]
    if (text === undefined) throw new Error(`ENOENT: ${path}`)
    return text
  }
}

const v2 = (limit: string) => ({ '/proc/self/cgroup': '0::/app\n', '/sys/fs/cgroup/app/cpu.max': `${limit}\n` })
const v1 = (quota: string) => ({
  '/proc/self/cgroup': '4:memory:/app\n1:cpu:/app\n',
  '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': `${quota}\n`,
  '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
})

describe('the cores that a process is given', () => {
  it.each([
    ['without cgroups', {}, 8],
    ['without a limit in cgroup v2', v2('max 100000'), 8],
    ['with a share of processor time in cgroup v2', v2('250000 100000'), 2],
    ['with less than one core', v2('50000 100000'), 1],
    ['with a share beyond the machine', v2('6400000 100000'), 8],
    ['without a limit in cgroup v1', v1('-1'), 8],
    ['with a share of processor time in cgroup v1', v1('400000'), 4],
    ['with files that hold no numbers', v2('many few'), 8],
  ])('are counted %s', (_case, files, cores) => {
    expect(coresGiven(8, machineOf(files))).toBe(cores)
  })

  it('are those of this machine, without a test', () => {
    expect(coresGiven()).toBeGreaterThan(0)
  })
})

describe('the threads of the engines', () => {
  const threads = (env: Readonly<Record<string, string>>, cores: number) =>
    Object.values(engineLimits(loadConfig(env), cores)).map((limits) => limits.threads)

  it('follow the cores, and the memory that each thread has: of batch runs, of the speed view, of a SQL worker', () => {
    expect([1, 2, 4, 64].map((cores) => threads({}, cores))).toEqual([
      [1, 1, 1],
      [2, 2, 2],
      [4, 4, 4],
      [4, 8, 6],
    ])
  })

  it('are what the variables say', () => {
    expect(threads({ BATCH_THREADS: '3', SPEED_THREADS: '5', SQL_WORKER_THREADS: '7' }, 2)).toEqual([3, 5, 7])
  })

  it.each(['0', '-1', '1.5', 'many', '257'])('are no %j', (given) => {
    expect(() => loadConfig({ SPEED_THREADS: given })).toThrow(/SPEED_THREADS: /)
  })
})
