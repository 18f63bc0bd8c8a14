import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { answersOk, s3Env, testCredentials } from './s3-env.ts'
import { builtOnce, runTool } from './server-cache.ts'
import { freePorts, type NativeServer, newServerFolder, startServer } from './server-process.ts'

const version = 'v1.8.0'

/** versitygw over a folder, with an empty bucket. The first start on a machine builds it, which takes a minute or two. */
export async function startVersitygw(): Promise<NativeServer> {
  const binaries = await builtOnce(`versitygw-${version}`, (folder) =>
    runTool('go', ['install', `github.com/versity/versitygw/cmd/versitygw@${version}`], {
      env: { GOBIN: folder, CGO_ENABLED: '0' },
    }),
  )
  const [folder, [port = 0]] = await Promise.all([newServerFolder('versitygw'), freePorts(1)])
  const env = s3Env(port)
  await mkdir(join(folder, 'data', env['S3_BUCKET'] ?? ''), { recursive: true })
  return startServer({
    name: 'versitygw',
    env,
    folder,
    command: join(binaries, 'versitygw'),
    args: ['--port', `127.0.0.1:${port}`, '--quiet', '--health', '/_health', 'posix', join(folder, 'data')],
    processEnv: { ROOT_ACCESS_KEY: testCredentials.user, ROOT_SECRET_KEY: testCredentials.password },
    isReady: () => answersOk(`http://127.0.0.1:${port}/_health`),
  })
}
