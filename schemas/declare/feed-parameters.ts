import type { Feed, NamedQuery } from './dataset.ts'

/** What a subscriber of the feed may give that chooses this answer: parameters of the feed that its query has and the feed does not fix. */
export function parametersTaken(
  { answers, parameters }: Pick<Feed, 'answers' | 'parameters'>,
  answer: string,
  queries: Readonly<Record<string, NamedQuery>>,
): readonly string[] {
  const { query = '', parameters: fixed = {} } = answers[answer] ?? {}
  const known = queries[query]?.parameters ?? {}
  return parameters.filter((name) => Object.hasOwn(known, name) && !Object.hasOwn(fixed, name))
}
