import { expect, it } from 'vitest'
import { Deferred } from '../../../schemas/async/deferred.ts'
import { WorkQueue } from '../../../schemas/async/work-queue.ts'

it('runs one at a time, in the order added, and gives each caller its own result', async () => {
  const queue = new WorkQueue()
  const [first, second] = [new Deferred<number>(), new Deferred<number>()]
  const begun: string[] = []
  const results = [
    queue.add(async () => {
      begun.push('first')
      return await first.promise
    }),
    queue.add(async () => {
      begun.push('second')
      return await second.promise
    }),
  ]
  second.resolve(2)
  await Promise.resolve()
  expect(begun).toEqual(['first'])
  first.resolve(1)
  expect(await Promise.all(results)).toEqual([1, 2])
  expect(begun).toEqual(['first', 'second'])
})

it('goes on after work that failed, and tells its caller alone', async () => {
  const queue = new WorkQueue()
  const failing = queue.add(() => Promise.reject(new Error('broken')))
  const next = queue.add(async () => 'done')
  await expect(failing).rejects.toThrow('broken')
  expect(await next).toBe('done')
})

it('is idle once all that was added is over, also where it failed', async () => {
  const queue = new WorkQueue()
  await queue.idle()
  const work = new Deferred()
  let isOver = false
  const failing = queue.add(() => work.promise.finally(() => (isOver = true))).catch(() => undefined)
  const idle = queue.idle()
  work.reject(new Error('broken'))
  await idle
  expect(isOver).toBe(true)
  await failing
})
