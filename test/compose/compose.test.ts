import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { satisfies } from 'semver'
import { describe, expect, it } from 'vitest'
import { Environment, loadConfig } from '../../cli/parts/config.ts'
import { type ComposeFile, parseCompose } from './compose-file.ts'
import { scrapeTargets } from './metrics-files.ts'
import * as rules from './compose-rules.ts'

const root = new URL('../..', import.meta.url).pathname
const compose = parseCompose(readFileSync(join(root, 'docker-compose.yml'), 'utf8'))
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const launcher = 'dist/cli/tidemark.cjs'
const helpTexts = new Map<string, Promise<string>>()

/** Each rule with a change of the file that breaks it. */
const composeRules: readonly {
  readonly rule: rules.ComposeRule
  readonly name: string
  readonly breakIt: (file: ComposeFile) => void
}[] = [
  {
    name: 'images are pinned',
    rule: rules.pinsImages,
    breakIt: ({ services }) => (of(services, 'kafka').image = 'apache/kafka:latest'),
  },
  {
    name: 'roles are not root',
    rule: rules.runsUnprivileged,
    breakIt: ({ services }) => (of(services, 'serve-1').user = '0:0'),
  },
  {
    name: 'roles have the time to end',
    rule: rules.endsByItself,
    breakIt: ({ services }) => delete of(services, 'serve-1').stop_grace_period,
  },
  {
    name: 'images of roles are read-only',
    rule: rules.runsUnprivileged,
    breakIt: ({ services }) => (of(services, 'batch').read_only = false),
  },
  {
    name: 'roles can write where they must',
    rule: rules.writesToVolumes,
    breakIt: ({ services }) => (of(services, 'archive').volumes = []),
  },
  {
    name: 'volumes are named',
    rule: rules.namesItsVolumes,
    breakIt: ({ services }) => (of(services, 'batch').volumes = ['./data:/data']),
  },
  {
    name: 'replicas share no volume',
    rule: rules.namesItsVolumes,
    breakIt: ({ services }) => (of(services, 'serve-2').volumes = of(services, 'serve-1').volumes),
  },
  {
    name: 'dependencies can be met',
    rule: rules.waitsForWhatItNeeds,
    breakIt: ({ services }) => delete of(services, 'kafka').healthcheck,
  },
  { name: 'dependencies exist', rule: rules.waitsForWhatItNeeds, breakIt: ({ services }) => delete services['setup'] },
  {
    name: 'no store is needed whose profile is off',
    rule: rules.waitsForWhatItNeeds,
    breakIt: ({ services }) =>
      (of(services, 'setup').depends_on['minio'] = { condition: 'service_healthy', required: true }),
  },
  {
    name: 'every service has a health check, or says that it needs none',
    rule: rules.checksHealth,
    breakIt: ({ services }) => delete of(services, 'batch').healthcheck,
  },
  {
    name: 'replicas answer to the names they are scraped by',
    rule: rules.allowsItsNames,
    breakIt: ({ services }) => (of(services, 'serve-2').environment['ALLOWED_HOSTS'] = 'serve-1'),
  },
  {
    name: 'ports are published on loopback',
    rule: rules.listensLocally,
    breakIt: ({ services }) => (of(services, 'serve-1').ports = ['8081:8080']),
  },
  {
    name: 'secrets are the documented ones of the demo',
    rule: rules.holdsDemoSecretsOnly,
    breakIt: ({ services }) => (of(services, 'batch').environment['AWS_SECRET_ACCESS_KEY'] = 'real'),
  },
  {
    name: 'variables exist',
    rule: rules.knowsItsVariables(Object.keys(Environment.shape)),
    breakIt: ({ services }) => (of(services, 'batch').environment['BATCH_CORN'] = '* * * * *'),
  },
  {
    name: 'configuration files exist',
    rule: rules.readsConfigsThatExist((file) => existsSync(join(root, file))),
    breakIt: ({ configs }) => (configs['dashboard'] = { file: './grafana/dashbord.json' }),
  },
  {
    name: 'configuration files are declared',
    rule: rules.readsConfigsThatExist((file) => existsSync(join(root, file))),
    breakIt: ({ configs }) => delete configs['prometheus'],
  },
  {
    name: 'every replica is scraped',
    rule: rules.scrapesReplicas(scrapeTargets(root)),
    breakIt: ({ services }) => (services['serve-3'] = of(services, 'serve-1')),
  },
  {
    name: 'nothing else is scraped',
    rule: rules.scrapesReplicas(scrapeTargets(root)),
    breakIt: ({ services }) => (of(services, 'serve-2').environment['PORT'] = '9000'),
  },
  {
    name: 'one store stands in for the other',
    rule: rules.storesAreInterchangeable,
    breakIt: ({ services }) => (of(services, 'versitygw').environment['ROOT_SECRET_KEY'] = 'other'),
  },
]

describe('docker-compose.yml', () => {
  it.each(composeRules)('$name', ({ rule, breakIt }) => {
    expect(rule(compose)).toEqual([])
    const broken = structuredClone(compose)
    breakIt(broken)
    expect(rule(broken)).not.toEqual([])
  })

  it('has the servers and roles that it promises', () => {
    expect(Object.keys(compose.services).toSorted()).toEqual(
      'archive batch grafana ingest kafka minio prometheus serve-1 serve-2 setup versitygw'.split(' '),
    )
    expect(compose.services).toMatchObject({
      kafka: { image: 'apache/kafka:4.3.1' },
      minio: { image: 'quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z' },
      versitygw: { image: 'ghcr.io/versity/versitygw:v1.8.0' },
      prometheus: { image: 'prom/prometheus:v3.13.2', profiles: ['metrics'] },
      grafana: { image: 'grafana/grafana:13.2.0', profiles: ['metrics'] },
    })
  })

  it.each(rules.ownServices(compose))('configures %s without a fault', (_, { environment }) => {
    const config = loadConfig(environment)
    expect(config).toMatchObject({ KAFKA_BROKERS: 'kafka:9092', S3_BUCKET: 'tidemark', LOG_PARTITIONS: 4 })
  })

  it.each(rules.ownServices(compose))('gives %s commands that tidemark has', async (_, { command, healthcheck }) => {
    const checked = healthcheck !== undefined && 'test' in healthcheck ? healthcheck.test : []
    const checks = checked.includes(launcher) ? [checked.slice(checked.indexOf(launcher) + 1)] : []
    for (const [name = '', ...words] of [command, ...checks]) {
      expect(await help()).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
      const text = await help(name)
      for (const flag of words.filter((word) => word.startsWith('--'))) expect(text).toMatch(new RegExp(`${flag}\\b`))
    }
  })

  it('ingests a file that the image holds', () => {
    const [, recording = ''] = of(compose.services, 'ingest').command
    expect(existsSync(join(root, recording))).toBe(true)
    expect(dockerfile).toContain('COPY recordings ')
  })
})

describe('Dockerfile', () => {
  it('builds on one pinned Node that package.json admits', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
    expect(new Set(bases).size).toBe(1)
    const [, version] = /^node:(\d+\.\d+\.\d+)-bookworm-slim$/.exec(bases[0] ?? '') ?? []
    expect(manifest).toMatchObject({ engines: { node: expect.any(String) } })
    expect(satisfies(version ?? '', '>=20.19')).toBe(true)
  })

  it('starts what package.json names as the command, not as root', () => {
    expect(manifest).toMatchObject({ bin: { tidemark: launcher } })
    expect(dockerfile).toContain(`ENTRYPOINT ["node", "${launcher}"]`)
    expect(dockerfile).toMatch(/^USER node$/m)
    expect(dockerfile).toMatch(/^HEALTHCHECK /m)
  })

  it('runs no install script', () => {
    const installs = [...dockerfile.matchAll(/npm ci.*/g)].map(([line]) => line)
    expect(installs).toHaveLength(2)
    for (const install of installs) expect(install).toContain('--ignore-scripts')
  })

  it('copies what the build context has', () => {
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8')
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
      .flatMap(([, paths = '']) => paths.split(' '))
      .filter((path) => path !== '.')
    const sources =
      readFileSync(join(root, 'tsconfig.build.json'), 'utf8')
        .match(/"include": \[(.*)\]/)?.[1]
        ?.match(/\w+/g) ?? []
    expect(sources).not.toEqual([])
    for (const path of [...copied, ...sources, 'tsconfig.json', 'tsconfig.build.json']) {
      expect(existsSync(join(root, path)), path).toBe(true)
      expect(ignored).toMatch(new RegExp(`^!${path}$`, 'm'))
    }
  })
})

function help(...words: readonly string[]): Promise<string> {
  const key = words.join(' ')
  const known = helpTexts.get(key)
  if (known !== undefined) return known
  const text = promisify(execFile)(process.execPath, [join(root, launcher), ...words, '--help']).then(
    ({ stdout }) => stdout,
  )
  helpTexts.set(key, text)
  return text
}

function of(services: ComposeFile['services'], name: string): ComposeFile['services'][string] {
  const service = services[name]
  if (service === undefined) throw new Error(`there is no service ${name}`)
  return service
}
