import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { answersOk, s3Env, testCredentials } from './s3-env.ts'
import { builtOnce, runTool } from './server-cache.ts'
import { freePorts, type NativeServer, newServerFolder, startServer } from './server-process.ts'

/** The last commit of the archived project. */
const version = 'v0.0.0-20260212201848-7aac2a2c5b7c'

/** MinIO with an empty bucket. The first start on a machine builds it, which takes minutes. */
export async function startMinio(): Promise<NativeServer> {
  const binaries = await builtOnce(`minio-${version}`, (folder) =>
    runTool('go', ['install', `github.com/minio/minio@${version}`], { env: { GOBIN: folder, CGO_ENABLED: '0' } }),
  )
  const [folder, [port = 0]] = await Promise.all([newServerFolder('minio'), freePorts(1)])
  const env = s3Env(port)
  await mkdir(join(folder, 'data', env['S3_BUCKET'] ?? ''), { recursive: true })
  return startServer({
    name: 'MinIO',
    env,
    folder,
    command: join(binaries, 'minio'),
    args: ['server', '--quiet', '--address', `127.0.0.1:${port}`, join(folder, 'data')],
    processEnv: {
      MINIO_ROOT_USER: testCredentials.user,
      MINIO_ROOT_PASSWORD: testCredentials.password,
      MINIO_UPDATE: 'off',
      MINIO_BROWSER: 'off',
    },
    isReady: () => answersOk(`http://127.0.0.1:${port}/minio/health/ready`),
  })
}
