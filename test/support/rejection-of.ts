/** Returns the error that the work rejects with. */
export async function rejectionOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => error,
  )
}
