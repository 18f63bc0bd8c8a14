import { validate } from 'node-cron'
import { z } from 'zod'
import { bucketNameRule, isBucketName } from '../../connectors/s3/bucket-name.ts'
import { isHostNames } from '../../schemas/asked-host.ts'
import { parseDatasetList } from '../../schemas/declare/dataset-list.ts'
import { AppError } from '../../schemas/errors.ts'
import { parsedBytesMax } from '../../schemas/sql/verdict-sql.ts'
import { feedsAtATime } from '../../serving/feeds/feed-hub.ts'

const mebibyte = 1024 * 1024
const minute = 60_000

const count = (fallback: number) => z.coerce.number().int().positive().default(fallback)
const flag = z.stringbool().default(false)
/** If absent, the number follows the cores that the process is given. */
const threads = z.coerce.number().int().positive().max(256).optional()
const text = z.string().min(1)

/** Every variable that the service reads, with its default. README's table says what each means. */
export const Environment = z.object({
  TIDEMARK_DATA_DIR: text.default('./data').describe('Folder of the embedded log, the folder store and the caches'),
  TIDEMARK_DATASETS: text
    .refine((list) => parseDatasetList(list).length > 0, 'expected names, folders or modules, separated by commas')
    .optional()
    .describe(
      'Datasets, comma-separated: our examples by name, folders of yours (`./shop`), modules; unset, the examples',
    ),
  KAFKA_BROKERS: text.optional().describe('host:port, comma-separated: Kafka in place of the embedded log'),
  LOG_PARTITIONS: count(1).describe('Partitions of a topic that Tidemark creates'),
  LOG_TRIM_AGE_MS: count(24 * 60 * minute).describe(
    'The embedded log keeps events this long, also when they are archived',
  ),
  S3_BUCKET: z
    .string()
    .refine(isBucketName, `expected a bucket's name: ${bucketNameRule}`)
    .optional()
    .describe("Bucket in place of the folder store; credentials and endpoint by the AWS SDK's own variables"),
  S3_PREFIX: z.string().default('').describe('Key prefix within the bucket'),
  HOST: text.default('127.0.0.1').describe('Address to listen on'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080).describe('Port to listen on; 0 picks a free one'),
  API_KEYS_FILE: text.optional().describe('File of API keys, `name key` a line; without it no key is asked for'),
  ALLOW_NO_KEYS: flag.describe('Listen beyond loopback without keys'),
  ALLOWED_HOSTS: text
    .refine(isHostNames, 'expected names without ports, for example tidemark.example.org,serve-1')
    .optional()
    .describe(
      'Names the service is reached by, comma-separated; localhost and IP addresses need none, nor do API keys',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe level that is logged'),
  EVENT_BYTES_MAX: z.coerce
    .number()
    .int()
    .positive()
    .max(parsedBytesMax)
    .default(1_000_000)
    .describe('Longest event taken, 2097152 at most: longer ones are not parsed'),
  BODY_BYTES_MAX: count(32 * mebibyte).describe('Largest request body'),
  QUERY_TIMEOUT_MS: count(30_000).describe('Longest a query may run'),
  QUERY_ROWS_MAX: count(100_000).describe('Most rows in an answer'),
  QUERY_BYTES_MAX: count(64 * mebibyte).describe('Largest answer'),
  QUERY_CONCURRENCY_MAX: count(4).describe('Queries at a time; a few more wait, then 429'),
  FEED_SUBSCRIBERS_MAX: count(1000).describe('Subscribers of feeds; one more gets 429'),
  FEED_VARIANTS_MAX: count(64).describe(
    'Feeds with different parameters that are followed at a time; one more gets 429',
  ),
  FEEDS_PUBLISH: flag.describe('`serve` publishes feeds to their topics, as `start` does: set it for one of several'),
  SQL_WORKERS: count(2).describe('Processes for ad-hoc SQL; one caller gets all but one at most'),
  SQL_WORKER_MEMORY_BYTES_MAX: count(1536 * mebibyte).describe(
    'Memory of one such process; the operating system enforces it where it can',
  ),
  SQL_WORKER_THREADS: threads.describe(
    'Threads of one such process; unset, one for each core, at most one for 256 MiB of its memory',
  ),
  ARCHIVE_CHUNK_BYTES_MAX: count(32 * mebibyte).describe('A raw chunk is closed at this size'),
  ARCHIVE_CHUNK_AGE_MS: count(30_000).describe('or when its oldest event is this old'),
  BATCH_CRON: text
    .refine(validate, 'expected a cron expression, for example */5 * * * *')
    .default('* * * * *')
    .describe('When the batch layer looks for new raw chunks, in UTC'),
  BATCH_FILE_ROWS_MAX: count(1_000_000).describe('Rows of one Parquet file'),
  BATCH_GROUP_BYTES_MAX: count(16 * mebibyte).describe('Raw chunks that a run reads at a time'),
  BATCH_MEMORY_BYTES_MAX: count(512 * mebibyte).describe('Memory of a batch run; beyond it the engine spills to disk'),
  BATCH_THREADS: threads.describe(
    'Threads of a batch run; unset, one for each core, at most one for 128 MiB of its memory',
  ),
  SPEED_MEMORY_BYTES_MAX: count(1024 * mebibyte).describe(
    'Memory of the speed view and the queries; beyond it the engine spills to disk',
  ),
  SPEED_THREADS: threads.describe('Threads of the speed view and the queries; unset, as for batch runs'),
  SPEED_INTERVAL_MS: count(100).describe(
    'Micro-batches start at least this far apart, ten times as far while nobody reads',
  ),
  STORE_WATCH_MS: count(2_000).describe('How often a replica looks for a newer generation'),
  GC_KEEP_GENERATIONS: count(3).describe('Generations whose files are kept'),
  GC_GRACE_MS: count(60 * minute).describe('Files are deleted this long after nothing names them'),
  UV_THREADPOOL_SIZE: count(16).describe("Threads for files and queries, Node's own variable"),
})

export type Config = Readonly<z.output<typeof Environment>>

/**
 * Parses the environment of the process, over which flags have been laid. Throws CONFIG_INVALID with all faults at
 * once; an unknown TIDEMARK_ variable is one.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const known = Object.keys(Environment.shape)
  const unknown = Object.keys(env).filter((name) => name.startsWith('TIDEMARK_') && !known.includes(name))
  const given = Object.fromEntries(
    known.filter((name) => env[name] !== undefined && env[name] !== '').map((name) => [name, env[name]]),
  )
  const parsed = Environment.safeParse(given)
  const faults = [
    ...(parsed.success ? [] : parsed.error.issues.map((issue) => faultOf(issue, given))),
    ...unknown.map(
      (name) =>
        `${name}: there is no such variable; there are ${known.filter((other) => other.startsWith('TIDEMARK_')).join(', ')}`,
    ),
    ...crossFaults(given),
  ]
  if (faults.length > 0 || !parsed.success)
    throw new AppError(
      'CONFIG_INVALID',
      `the configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    )
  return Object.freeze(parsed.data)
}

function faultOf({ path, message }: z.core.$ZodIssue, given: Readonly<Record<string, string | undefined>>): string {
  const name = path.join('.')
  return `${name}: ${message} (given: ${JSON.stringify(given[name])})`
}

/** Finds faults between variables that are valid by themselves; an invalid variable is reported elsewhere. */
function crossFaults(given: Readonly<Record<string, string | undefined>>): readonly string[] {
  const shape = Environment.shape
  const host = shape.HOST.safeParse(given['HOST']).data
  const keysFile = shape.API_KEYS_FILE.safeParse(given['API_KEYS_FILE']).data
  const allowsNoKeys = shape.ALLOW_NO_KEYS.safeParse(given['ALLOW_NO_KEYS']).data
  const queries = shape.QUERY_CONCURRENCY_MAX.safeParse(given['QUERY_CONCURRENCY_MAX']).data
  const threads = shape.UV_THREADPOOL_SIZE.safeParse(given['UV_THREADPOOL_SIZE']).data
  const isLoopback = host === undefined || ['127.0.0.1', '::1', 'localhost'].includes(host)
  return [
    ...(isLoopback || keysFile !== undefined || allowsNoKeys === true
      ? []
      : [`HOST: ${host} is reachable from other machines: give API_KEYS_FILE, or say ALLOW_NO_KEYS=true`]),
    ...(queries === undefined || threads === undefined || queries + feedsAtATime < threads
      ? []
      : [
          `QUERY_CONCURRENCY_MAX: with ${feedsAtATime} more for feeds it must be below UV_THREADPOOL_SIZE, or queries starve everything else`,
        ]),
  ]
}
