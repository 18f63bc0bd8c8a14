import type { Feed, NamedQuery } from './dataset.ts'

/** The feed's parameters that reach this answer: its query has them and the feed does not fix them. */
export function parametersTaken(
  { answers, parameters }: Pick<Feed, 'answers' | 'parameters'>,
  answer: string,
  queries: Readonly<Record<string, NamedQuery>>,
): readonly string[] {
  const { query = '', parameters: fixed = {} } = answers[answer] ?? {}
  const known = queries[query]?.parameters ?? {}
  return parameters.filter((name) => Object.hasOwn(known, name) && !Object.hasOwn(fixed, name))
}
