/**
 * Runs `cleanUp` once `work` is over, whatever became of it. The first failure is the cause, and is thrown: that of
 * `cleanUp` only where `work` succeeded.
 */
export async function cleanedUp<T>(work: () => Promise<T>, cleanUp: () => Promise<unknown>): Promise<T> {
  const result = await work().catch(async (cause: unknown) => {
    await cleanUp().catch(() => undefined)
    throw cause
  })
  await cleanUp()
  return result
}
