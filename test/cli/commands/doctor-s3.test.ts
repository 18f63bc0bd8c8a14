import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { S3Server } from '../../fakes/s3-server.ts'
import { Tidemark } from '../run-tidemark.ts'

describe('tidemark doctor on S3', () => {
  let server: S3Server
  let tidemark: Tidemark

  beforeEach(async () => {
    server = await S3Server.start()
    const { endpoint, bucket } = server.options
    // The SDK takes credentials from the process alone.
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'fake')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'fake')
    tidemark = await Tidemark.open({ S3_BUCKET: bucket, AWS_ENDPOINT_URL_S3: endpoint })
  })

  afterEach(async () => {
    vi.unstubAllEnvs()
    await tidemark.close()
    await server.close()
  })

  it('fails where the bucket is missing, and makes it when asked', async () => {
    server.removeBucket()
    await tidemark.run('doctor', '--create')
    server.removeBucket()
    expect(await tidemark.run('doctor')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^fail +store .*the bucket does not exist/m),
    })
    expect(await tidemark.run('doctor', '--create')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ok +bucket +bucket created$/m),
    })
    expect(await tidemark.run('doctor', '--create')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ok +bucket +bucket exists$/m),
    })
  })

  it('fails where nothing answers, and says so in time', async () => {
    tidemark.env['AWS_ENDPOINT_URL_S3'] = 'http://127.0.0.1:9'
    expect(await tidemark.run('doctor', '--create', '--patience-ms', '500')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^fail +bucket /m),
    })
  })
})
