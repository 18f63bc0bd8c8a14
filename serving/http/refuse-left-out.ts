import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { AppError } from '../../schemas/errors.ts'
import type { LeftOut } from '../../schemas/declare/load-datasets.ts'

const Named = z.object({ dataset: z.string() })

/** Whoever asks for a dataset that is left out hears why: it is there, and the server cannot answer for it. */
export function refuseLeftOut(app: FastifyInstance, leftOut: readonly LeftOut[]): void {
  app.addHook('onRequest', async ({ params }) => {
    const named = Named.safeParse(params)
    const found = named.success ? leftOut.find(({ name }) => name === named.data.dataset) : undefined
    if (found !== undefined)
      throw new AppError(
        'DATASET_FAULTY',
        `${found.reason}. It is left out until that is mended and the server started.`,
      )
  })
}
