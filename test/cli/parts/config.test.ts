import { expect, it } from 'vitest'
import { loadConfig } from '../../../cli/parts/config.ts'

it.each([
  'ab',
  'Bucket',
  'my_bucket',
  'my bucket',
  'a/b',
  'two..dots',
  '-dash',
  'dash-',
  '.dot',
  '10.0.0.1',
  'x'.repeat(64),
  's3://bucket',
])('refuses %j, which no store can have a bucket of', (name) => {
  expect(() => loadConfig({ S3_BUCKET: name })).toThrow(
    /S3_BUCKET: expected a bucket's name: 3 to 63 lower-case letters/,
  )
})

it.each(['abc', 'tidemark', 'my.own-bucket.2', 'x'.repeat(63), 'arn:aws:s3:eu-west-1:123456789012:accesspoint/mine'])(
  'takes the bucket %j',
  (name) => {
    expect(loadConfig({ S3_BUCKET: name }).S3_BUCKET).toBe(name)
  },
)
