import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const wordsMax = 2000

export type Spark = {
  readonly version: string
  /** Makes the tables and resolves with how many milliseconds that took. */
  run(): Promise<number>
}

type PythonEnv = { readonly PYTHON?: string | undefined }

/** Returns why Spark cannot run here, or null. */
export async function whyNoSpark(env: PythonEnv): Promise<string | null> {
  const [exec, python] = [promisify(execFile), pythonOf(env)]
  const hasSpark = await exec(python, ['-c', 'import pyspark']).then(Boolean, () => false)
  if (!hasSpark) return `${python} has no pyspark; PYTHON names another one`
  const hasJava = await exec('java', ['-version']).then(Boolean, () => false)
  return hasJava ? null : 'there is no Java'
}

/** Lends a Spark session that makes the tables from a file of lines, each into a folder of its own below `out`. */
export async function withSpark<T>(
  { lines, out }: { readonly lines: string; readonly out: string },
  use: (spark: Spark) => Promise<T>,
): Promise<T> {
  const child = spawn(pythonOf(process.env), ['bench/peers/spark_tables.py', lines, out], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const exit = once(child, 'exit').finally(() => process.off('exit', kill))
  let words = ''
  child.stderr.on('data', (bytes: Buffer) => {
    words = `${words}${bytes.toString()}`.slice(-wordsMax)
  })
  const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string> => {
    const line = await said.next()
    if (line.done === true) throw new Error(`Spark ended: ${words}`)
    return line.value
  }
  try {
    const version = await nextLine()
    return await use({
      version,
      async run() {
        child.stdin.write('run\n')
        return 1000 * Number(await nextLine())
      },
    })
  } finally {
    child.stdin.end()
    await exit
  }
}

function pythonOf({ PYTHON }: PythonEnv): string {
  return PYTHON ?? 'python3'
}
