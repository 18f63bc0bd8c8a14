import { randomUUID } from 'node:crypto'
import type { ServerEnv } from './server-process.ts'

export const testCredentials = { user: 'tidemark-test', password: 'tidemark-test-secret' } as const

export function s3Env(port: number): ServerEnv {
  return {
    S3_BUCKET: 'tidemark-test',
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: testCredentials.user,
    AWS_SECRET_ACCESS_KEY: testCredentials.password,
    AWS_REGION: 'us-east-1',
  }
}

export async function answersOk(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url)
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}

/** The same, as the options of a store with a prefix of its own. The SDK finds what `env` lacks in the process's own. */
export function s3StoreOptions(env: ServerEnv, cacheFolder: string) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region } = env
  return {
    bucket: env['S3_BUCKET'] ?? '',
    endpoint: env['AWS_ENDPOINT_URL_S3'] ?? '',
    prefix: `test-${randomUUID()}`,
    cacheFolder,
    clientConfig: {
      ...(region === undefined ? {} : { region }),
      ...(accessKeyId === undefined || secretAccessKey === undefined
        ? {}
        : { credentials: { accessKeyId, secretAccessKey } }),
    },
  }
}
