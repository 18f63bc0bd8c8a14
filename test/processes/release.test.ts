import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { root } from '../support/tidemark-process.ts'

const script = join(root, '.ci/release.mjs')
const changelog =
  '# Changelog\n\n## Pending\n\n### Added\n\n- Costs `$&` nothing.\n\n## 0.1.0 - 2026-11-21\n\nThe first.\n'
const manifest = {
  name: 'small',
  version: '0.1.0',
  private: true,
  bin: { small: 'dist/small.js' },
  files: ['dist', 'CHANGELOG.md'],
  scripts: { prepack: `node -e "fs.mkdirSync('dist', { recursive: true }); fs.writeFileSync('dist/small.js', '')"` },
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-release-'))
  const lockfile = { name: 'small', version: '0.1.0', lockfileVersion: 3, packages: { '': { version: '0.1.0' } } }
  await write('package.json', JSON.stringify(manifest))
  await write('package-lock.json', JSON.stringify(lockfile))
  await write('CHANGELOG.md', changelog)
  await write('docker-compose.yml', 'services: { serve: { image: tidemark:0.1.0 } }\n# image: tidemark:0.1.0\n')
  for (const each of ['README.md', 'LICENSE']) await write(each, each)
  await write('.gitignore', 'dist/\n')
  git('init', '--quiet', '--initial-branch', 'main')
  git('config', 'user.name', 'A test')
  git('config', 'user.email', 'test@example.org')
  git('add', '.')
  git('commit', '--quiet', '--message', 'The first')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const write = (name: string, text: string) => writeFile(join(folder, name), text)
const read = (name: string) => readFile(join(folder, name), 'utf8')
const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim()
const release = async (...args: string[]) =>
  (await promisify(execFile)(process.execPath, [script, ...args], { cwd: folder })).stdout

it('a dry run says what would be released and changes nothing', async () => {
  const before = git('rev-parse', 'HEAD')
  const said = await release('minor', '--dry-run')
  expect(said).toContain('would release 0.2.0 after 0.1.0, with the tag v0.2.0')
  expect(said).toContain('- Costs `$&` nothing.')
  expect(said).toContain('the package has 5 files')
  expect([git('rev-parse', 'HEAD'), git('status', '--porcelain'), git('tag')]).toEqual([before, '', ''])
})

it('a release has its version everywhere, its changes under it, one commit and one tag', async () => {
  await release('minor')
  expect(JSON.parse(await read('package.json'))).toMatchObject({ version: '0.2.0' })
  expect(JSON.parse(await read('package-lock.json'))).toMatchObject({ version: '0.2.0' })
  expect(await read('docker-compose.yml')).not.toContain('0.1.0')
  const dayless = (await read('CHANGELOG.md')).replace(/(?<=^## 0\.2\.0 - )\d{4}-\d{2}-\d{2}$/m, 'day')
  expect(dayless).toBe(changelog.replace('## Pending\n', '## Pending\n\n## 0.2.0 - day\n'))
  expect(git('log', '--format=%s')).toBe('Version 0.2.0\nThe first')
  expect(git('status', '--porcelain')).toBe('')
  expect(git('tag', '--list', '--format', '%(refname:short) %(contents)')).toContain(
    'v0.2.0 Version 0.2.0\n\n### Added\n\n- Costs `$&` nothing.',
  )
})

it.each([
  { why: 'an earlier version', args: ['0.0.9'], said: /expected major, minor, patch or a later version/ },
  { why: 'no version', args: [], said: /expected major, minor, patch or a later version/ },
  { why: 'a flag that there is not', args: ['minor', '--dry'], said: /what is --dry/ },
  { why: 'changes that are not committed', file: 'README.md', args: ['minor'], said: /commit or remove/ },
  { why: 'a tag that exists', tag: 'v0.2.0', args: ['minor'], said: /a tag v0\.2\.0 already/ },
  {
    why: 'nothing pending',
    file: 'CHANGELOG.md',
    text: '## Pending\n\n## 0.1.0 - 2026-11-21\n\nThe first.\n',
    isCommitted: true,
    args: ['minor'],
    said: /says nothing under Pending/,
  },
  {
    why: 'a package without the command',
    file: 'package.json',
    text: JSON.stringify({ ...manifest, scripts: {} }),
    isCommitted: true,
    args: ['minor'],
    said: /the package lacks dist\/small\.js/,
  },
])('refuses $why, and changes nothing', async ({ file, text = 'changed', isCommitted, tag, args, said }) => {
  if (file !== undefined) await write(file, text)
  if (isCommitted === true) git('commit', '--quiet', '--all', '--message', 'Another')
  if (tag !== undefined) git('tag', tag)
  const before = [git('log', '--format=%H'), git('status', '--porcelain'), git('tag')]
  await expect(release(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(said) })
  expect([git('log', '--format=%H'), git('status', '--porcelain'), git('tag')]).toEqual(before)
})
