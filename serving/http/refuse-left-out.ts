import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { AppError } from '../../schemas/errors.ts'
import type { LeftOut } from '../../schemas/declare/load-datasets.ts'

const Named = z.object({ dataset: z.string() })

/** A request for a dataset that was left out gets the reason, not "not found": the dataset exists but cannot run. */
export function refuseLeftOut(app: FastifyInstance, leftOut: readonly LeftOut[]): void {
  app.addHook('onRequest', async ({ params }) => {
    const named = Named.safeParse(params)
    const found = named.success ? leftOut.find(({ name }) => name === named.data.dataset) : undefined
    if (found !== undefined)
      throw new AppError(
        'DATASET_FAULTY',
        `${found.reason}. The dataset is left out until this is mended and the server is started again.`,
      )
  })
}
