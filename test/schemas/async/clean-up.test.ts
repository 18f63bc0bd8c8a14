import { expect, it } from 'vitest'
import { cleanedUp } from '../../../schemas/async/clean-up.ts'

const fail = (message: string) => async (): Promise<never> => {
  throw new Error(message)
}

it('throws what made the work fail, also where cleaning up fails after it', async () => {
  await expect(cleanedUp(fail('the cause'), fail('the consequence'))).rejects.toThrow('the cause')
})

it('throws what made the cleaning up fail where the work succeeded', async () => {
  await expect(cleanedUp(async () => 1, fail('the cause'))).rejects.toThrow('the cause')
})

it('cleans up once, and returns what the work returned', async () => {
  const done: string[] = []
  const clean = async () => done.push('cleaned')
  expect(await cleanedUp(async () => done.push('worked'), clean)).toBe(1)
  await cleanedUp(fail('the cause'), clean).catch(() => done.push('failed'))
  expect(done).toEqual(['worked', 'cleaned', 'cleaned', 'failed'])
})
