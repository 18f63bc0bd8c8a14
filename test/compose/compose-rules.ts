import { endWithinMs } from '../../cli/flags/run-command.ts'
import type { ComposeFile, Service } from './compose-file.ts'

/** Says what is wrong with the file, naming the service; nothing where it follows the rule. */
export type ComposeRule = (file: ComposeFile) => readonly string[]

/** The AWS SDK's own names, which no schema of ours lists. */
const sdkVariables = ['AWS_ENDPOINT_URL_S3', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
/** What it starts stands beside the service and is no part of it. */
const metricsProfile = 'metrics'
const demoSecrets = ['tidemark-demo', 'tidemark-demo-secret']

/** Services that run Tidemark itself. */
export function ownServices(file: ComposeFile): readonly (readonly [string, Service])[] {
  return Object.entries(file.services).filter(([, { build }]) => build !== undefined)
}

export const pinsImages: ComposeRule = (file) =>
  Object.entries(file.services)
    .filter(([, { image }]) => !/:v?\d+\.\d+\.\d+$|:RELEASE\.[\dTZ-]+$/.test(image))
    .map(([name, { image }]) => `${name}: ${image} is not pinned`)

export const runsUnprivileged: ComposeRule = (file) =>
  ownServices(file)
    .filter(
      ([, service]) =>
        !/^[1-9]\d*:[1-9]\d*$/.test(service.user ?? '') || !service.read_only || !service.cap_drop.includes('ALL'),
    )
    .map(([name]) => `${name}: may write to its image, is root, or keeps capabilities`)

/** A service is not killed before it ends by itself. */
export const endsByItself: ComposeRule = (file) =>
  ownServices(file)
    .filter(
      ([, { stop_grace_period: grace }]) => Number(/^(\d+)s$/.exec(grace ?? '10s')?.[1]) * 1000 <= endWithinMs + 1000,
    )
    .map(([name]) => `${name}: is killed while it ends`)

/** A read-only image leaves it nowhere else to write. */
export const writesToVolumes: ComposeRule = (file) =>
  ownServices(file)
    .filter(([, { environment, tmpfs, volumes }]) => {
      const folders = [...tmpfs.map((mount) => mount.split(':')[0]), ...volumes.map((mount) => mount.split(':')[1])]
      return !folders.includes('/tmp') || !folders.includes(environment['TIDEMARK_DATA_DIR'])
    })
    .map(([name]) => `${name}: has no place to write`)

export const namesItsVolumes: ComposeRule = (file) => {
  const used = Object.values(file.services).flatMap(({ volumes }) => volumes.map((mount) => mount.split(':')[0] ?? ''))
  const declared = Object.keys(file.volumes)
  return [
    ...used.filter((name) => !declared.includes(name)).map((name) => `${name}: is no named volume`),
    ...declared
      .filter((name) => used.filter((other) => other === name).length !== 1)
      .map((name) => `${name}: is not one service's own`),
  ]
}

/** What is waited for exists and can become what it is waited for. A service of a profile may be absent. */
export const waitsForWhatItNeeds: ComposeRule = (file) =>
  Object.entries(file.services).flatMap(([name, service]) =>
    Object.entries(service.depends_on).flatMap(([on, { condition, required }]) => {
      const other = file.services[on]
      if (other === undefined) return [`${name}: waits for ${on}, which there is not`]
      const canBeHealthy = other.healthcheck !== undefined && 'test' in other.healthcheck
      return [
        ...(condition === 'service_healthy' && !canBeHealthy
          ? [`${name}: waits for the health of ${on}, which is not checked`]
          : []),
        ...(required && other.profiles.length > 0 ? [`${name}: waits for ${on}, which only a profile starts`] : []),
      ]
    }),
  )

export const checksHealth: ComposeRule = (file) =>
  Object.entries(file.services)
    .filter(([, { healthcheck }]) => healthcheck === undefined)
    .map(([name]) => `${name}: health is not checked`)

/** Files that the repository has, under names that are declared and used once. */
export function readsConfigsThatExist(exists: (file: string) => boolean): ComposeRule {
  return ({ services, configs }) => {
    const used = Object.values(services).flatMap((service) => service.configs.map(({ source }) => source))
    return [
      ...used.filter((name) => !Object.hasOwn(configs, name)).map((name) => `${name}: is no config`),
      ...Object.entries(configs)
        .filter(([name, { file }]) => !exists(file) || used.filter((other) => other === name).length !== 1)
        .map(([name, { file }]) => `${name}: ${file} is not there, or not one service's own`),
    ]
  }
}

/** A replica that nobody scrapes is missing on the dashboard without a word. */
export function scrapesReplicas(targets: readonly string[]): ComposeRule {
  return (file) => {
    const replicas = ownServices(file)
      .filter(([, { command }]) => command[0] === 'serve')
      .map(([name, { environment }]) => `${name}:${environment['PORT'] ?? '8080'}`)
    return [
      ...replicas.filter((replica) => !targets.includes(replica)).map((replica) => `${replica}: is not scraped`),
      ...targets.filter((target) => !replicas.includes(target)).map((target) => `${target}: is no replica`),
    ]
  }
}

/** Without keys, a server answers to the names it is allowed alone, and beside others these are its service's. */
export const allowsItsNames: ComposeRule = (file) =>
  ownServices(file)
    .filter(
      ([name, { command, environment }]) =>
        command[0] === 'serve' && !(environment['ALLOWED_HOSTS'] ?? '').split(',').includes(name),
    )
    .map(([name]) => `${name}: does not answer to its own name`)

/** A demo's server is for this machine. */
export const listensLocally: ComposeRule = (file) =>
  Object.entries(file.services)
    .filter(([, { ports }]) => ports.some((port) => !port.startsWith('127.0.0.1:')))
    .map(([name]) => `${name}: publishes a port beyond loopback`)

export const holdsDemoSecretsOnly: ComposeRule = (file) =>
  Object.entries(file.services).flatMap(([name, { environment }]) =>
    Object.entries(environment)
      .filter(
        ([variable, value]) =>
          /KEY(_ID)?$|SECRET|PASSWORD|TOKEN|ROOT_USER/.test(variable) && !demoSecrets.includes(value),
      )
      .map(([variable]) => `${name}: ${variable} is a secret that is not the demo's`),
  )

export function knowsItsVariables(configured: readonly string[]): ComposeRule {
  return (file) =>
    ownServices(file).flatMap(([name, { environment }]) =>
      Object.keys(environment)
        .filter((variable) => !configured.includes(variable) && !sdkVariables.includes(variable))
        .map((variable) => `${name}: ${variable} is no variable of Tidemark or the AWS SDK`),
    )
}

/** Both stores answer at the address and with the keys that the roles use. */
export const storesAreInterchangeable: ComposeRule = (file) => {
  const stores = Object.entries(file.services).filter(
    ([, { profiles }]) => profiles.length > 0 && !profiles.includes(metricsProfile),
  )
  return ownServices(file).flatMap(([name, { environment }]) => {
    const { hostname, port } = new URL(environment['AWS_ENDPOINT_URL_S3'] ?? '')
    const keys = [environment['AWS_ACCESS_KEY_ID'], environment['AWS_SECRET_ACCESS_KEY']]
    return stores
      .filter(
        ([store, service]) =>
          service.profiles.join() !== store ||
          !service.networks?.default.aliases.includes(hostname) ||
          !service.command.includes(`:${port}`) ||
          !keys.every((key) => key !== undefined && Object.values(service.environment).includes(key)),
      )
      .map(([store]) => `${name}: cannot reach ${store} as configured`)
  })
}
