import { satisfies } from 'semver'
import { z } from 'zod'

const names = z.record(z.string(), z.string()).default({})

const LockedPackage = z.object({
  version: z.string().optional(),
  resolved: z.string().optional(),
  dev: z.boolean().default(false),
  hasInstallScript: z.boolean().default(false),
  engines: z.union([z.object({ node: z.string().optional() }), z.array(z.string())]).default({}),
  optionalDependencies: names,
})
const Lockfile = z.object({ packages: z.record(z.string(), LockedPackage) })
const Manifest = z.object({ dependencies: names, devDependencies: names, engines: z.object({ node: z.string() }) })

/** `manifest` and `lockfile` are the texts of `package.json` and `package-lock.json`. */
export type PackageFiles = { readonly manifest: string; readonly lockfile: string }
export type PackageRule = (files: PackageFiles) => readonly string[]

/** Its binaries come as optional packages, one a platform; the script is for platforms that have none. */
const needlessInstallScripts = ['node_modules/lmdb', 'node_modules/msgpackr-extract']

export const pinsVersions: PackageRule = (files) => {
  const { dependencies, devDependencies } = Manifest.parse(JSON.parse(files.manifest))
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${name}: ${version} is not exact`)
}

/** Every package, deep ones included, says that it runs on the oldest Node we name. */
export function admitsNode(node: string): PackageRule {
  return (files) => {
    const { engines } = Manifest.parse(JSON.parse(files.manifest))
    const refusing = packagesOf(files).flatMap(([path, { engines: locked }]) => {
      const range = Array.isArray(locked) ? undefined : locked.node
      return range === undefined || satisfies(node, range) ? [] : [`${path}: Node ${node} is outside ${range}`]
    })
    return [
      ...(satisfies(node, engines.node) ? [] : [`package.json: Node ${node} is outside ${engines.node}`]),
      ...refusing,
    ]
  }
}

export const needsNoInstallScript: PackageRule = (files) =>
  packagesOf(files)
    .filter(([path, { hasInstallScript }]) => hasInstallScript && !needlessInstallScripts.includes(path))
    .map(([path]) => `${path}: has an install script`)

/** npm leaves packages of other platforms out of a lockfile where it cannot see them, and `npm ci` never adds them. */
export const locksEveryPlatform: PackageRule = (files) => {
  const packages = new Map(packagesOf(files))
  return [...packages].flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !enclosing(path).some((folder) => packages.has(`${folder}node_modules/${name}`)))
      .map((name) => `${path}: ${name} is not in the lockfile`),
  )
}

export const namesNoRegistry: PackageRule = (files) =>
  packagesOf(files)
    .filter(([, { resolved }]) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'))
    .map(([path, { resolved }]) => `${path}: comes from ${resolved}`)

function packagesOf(files: PackageFiles) {
  const { packages } = Lockfile.parse(JSON.parse(files.lockfile))
  return Object.entries(packages).filter(([path]) => path !== '')
}

/** `a/node_modules/b` is searched in itself, in `a`, and at the top. */
function enclosing(path: string): readonly string[] {
  const parts = path.split('/node_modules/')
  return ['', ...parts.map((_, index) => `${parts.slice(0, index + 1).join('/node_modules/')}/`)]
}
