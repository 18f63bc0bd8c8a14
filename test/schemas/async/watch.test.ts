import { expect, it, onTestFinished } from 'vitest'
import { Watch } from '../../../schemas/async/watch.ts'
import { Deferred } from '../../../schemas/async/deferred.ts'
import { waitUntil } from '../../support/wait-until.ts'

it('keeps what it saw last through looks that fail, and says each outcome', async () => {
  const outcomes: unknown[] = []
  let next: () => Promise<number> = async () => 1
  const watch = new Watch({ look: () => next(), intervalMs: 2 ** 30, onLook: (error) => outcomes.push(error) })
  onTestFinished(() => watch.close())
  expect(watch.latest()).toBeNull()
  watch.start()
  await watch.look()
  expect(watch.latest()).toMatchObject({ value: 1 })
  const failure = new Error('unreachable')
  next = () => Promise.reject(failure)
  await watch.look()
  expect(watch.latest()).toMatchObject({ value: 1 })
  next = async () => 2
  await watch.look()
  expect(watch.latest()).toMatchObject({ value: 2 })
  expect(outcomes).toEqual([null, failure, null])
})

it('looks one at a time, again at the interval, and ends with the look under way', async () => {
  const looks: Deferred<number>[] = []
  const twice = new Deferred()
  const look = (): Promise<number> => {
    const turn = new Deferred<number>()
    looks.push(turn)
    if (looks.length === 2) twice.resolve()
    return turn.promise
  }
  const watch = new Watch({ look, intervalMs: 1 })
  watch.start()
  watch.start()
  const first = watch.look()
  expect(looks).toHaveLength(1)
  looks[0]?.resolve(1)
  await first
  await twice.promise
  expect(watch.latest()).toMatchObject({ value: 1 })
  const closed = watch.close()
  looks[1]?.resolve(2)
  await closed
  expect(looks).toHaveLength(2)
})

it('does not look while what the value follows from stays the same, and knows that the value does', async () => {
  let [of, looks] = [0, 0]
  const [first, second] = [new Deferred(), new Deferred()]
  const looked = [first, second]
  const watch = new Watch({
    look: async () => {
      looks += 1
      looked[looks - 1]?.resolve()
      return of
    },
    of: () => of,
    intervalMs: 1,
  })
  onTestFinished(() => watch.close())
  watch.start()
  await first.promise
  const seenMs = watch.latest()?.seenMs ?? 0
  await waitUntil('a tick that does not look', () => (watch.latest()?.seenMs ?? 0) > seenMs)
  expect([looks, watch.latest()?.value]).toEqual([1, 0])
  of = 1
  await second.promise
  // The next look is asked for, so it does not matter that nothing has changed.
  await watch.look()
  await watch.look()
  expect([looks > 2, watch.latest()?.value]).toEqual([true, 1])
})
