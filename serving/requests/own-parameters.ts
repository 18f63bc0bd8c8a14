import type { Dataset } from '../../schemas/declare/dataset.ts'
import { feedParameters } from '../feeds/feed-request.ts'
import { readParameters } from './read-options.ts'

/** Throws a TypeError for a query or a feed with a parameter that nobody could pass: every other has one of that name. */
export function requireOwnParameters({ queries, feeds }: Pick<Dataset, 'queries' | 'feeds'>): void {
  for (const [query, { parameters }] of Object.entries(queries)) {
    const taken = readParameters.find((reserved) => Object.hasOwn(parameters, reserved))
    if (taken !== undefined)
      throw new TypeError(`the query ${query} cannot have a parameter named ${taken}, every query has one`)
  }
  for (const [feed, { parameters }] of Object.entries(feeds)) {
    const taken = feedParameters.find((reserved) => parameters.includes(reserved))
    if (taken !== undefined)
      throw new TypeError(`the feed ${feed} cannot have a parameter named ${taken}, every feed has one`)
  }
}
