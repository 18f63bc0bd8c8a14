/**
 * Runs `work`, then `cleanUp`, also if `work` failed. Throws the failure of `work`; that of `cleanUp` only if `work`
 * succeeded.
 */
export async function cleanedUp<T>(work: () => Promise<T>, cleanUp: () => Promise<unknown>): Promise<T> {
  const result = await work().catch(async (cause: unknown) => {
    await cleanUp().catch(() => undefined)
    throw cause
  })
  await cleanUp()
  return result
}
