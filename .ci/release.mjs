/**
 * Makes a release of the repository it is called in: `npm run release -- minor`, or major, patch, or a version;
 * `--dry-run` says what it would do and changes nothing that git knows. See docs/releasing.md.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { gt, inc, valid } from 'semver'

const changelog = 'CHANGELOG.md'
const compose = 'docker-compose.yml'

const [wanted = '', ...flags] = process.argv.slice(2)
const isDryRun = flags.includes('--dry-run')
if (flags.some((flag) => flag !== '--dry-run')) refuse(`what is ${flags.join(' ')}?`)

const { version: old, bin } = JSON.parse(readFileSync('package.json', 'utf8'))
const version = valid(wanted) ?? inc(old, wanted)
if (version === null || !gt(version, old)) {
  refuse(`the version is ${old}: expected major, minor, patch or a later version, got '${wanted}'`)
}
const tag = `v${version}`

if (git('status', '--porcelain') !== '') refuse('commit or remove what git status shows')
if (git('tag', '--list', tag) !== '') refuse(`there is a tag ${tag} already`)

const changes = readFileSync(changelog, 'utf8')
const pending = /^## Pending\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(changes)?.[1]?.trim()
if (pending === undefined) refuse(`${changelog} has no section Pending`)
if (pending === '') refuse(`${changelog} says nothing under Pending: what does a user get?`)

const packed = checkPack()

const section = `## ${version} - ${new Date().toISOString().slice(0, 10)}\n\n${pending}\n`
if (isDryRun) {
  console.log(
    `would release ${version} after ${old}, with the tag ${tag}:\n\n${section}\n${packed}\nnothing was changed`,
  )
} else {
  npm('version', version, '--no-git-tag-version', '--ignore-scripts')
  writeFileSync(
    changelog,
    changes.replace(/^## Pending\n[\s\S]*?(?=^## |$(?![\s\S]))/m, () => `## Pending\n\n${section}\n`),
  )
  const services = readFileSync(compose, 'utf8')
  writeFileSync(compose, services.replaceAll(`image: tidemark:${old}`, `image: tidemark:${version}`))
  git('commit', '--quiet', '--all', '--message', `Version ${version}`)
  git('tag', '--annotate', tag, '--cleanup', 'verbatim', '--message', `Version ${version}\n\n${pending}`)
  console.log(`${packed}\ncommitted and tagged ${tag}; when it is right: git push --follow-tags`)
}

/** Builds, as `npm pack` does, and looks at what would be packed. */
function checkPack() {
  const output = npm('pack', '--dry-run', '--json')
  const [{ files, size }] = JSON.parse(output.slice(output.indexOf('[')))
  const paths = files.map(({ path }) => path)
  const missing = [...Object.values(bin), 'README.md', 'LICENSE', changelog].filter((path) => !paths.includes(path))
  if (missing.length > 0) refuse(`the package lacks ${missing.join(', ')}`)
  const sources = paths.filter((path) => /(?<!\.d)\.ts$|(^|\/)test\//.test(path))
  if (sources.length > 0) refuse(`the package holds sources: ${sources.join(', ')}`)
  return `the package has ${paths.length} files, ${Math.round(size / 1000)} kB`
}

function git(...args) {
  return execFileSync('git', args, { encoding: 'utf8' }).trim()
}

function npm(...args) {
  return execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

function refuse(why) {
  console.error(`release: ${why}`)
  process.exit(2)
}
