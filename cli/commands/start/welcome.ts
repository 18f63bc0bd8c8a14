import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'

/** The queries shown of each dataset. The page and the docs show the others. */
const queriesMax = 3

/** Tells somebody who has just started the service where to look and what to try. */
export function welcome(url: string, datasets: readonly DefinedDataset[], replay: string | undefined): string {
  const queries = datasets.flatMap((dataset) =>
    Object.keys(dataset.queries)
      .slice(0, queriesMax)
      .map((query) => `  curl '${url}/v1/${dataset.name}/queries/${query}'`),
  )
  return `
${replay === undefined ? 'Waiting for events' : `Replaying ${replay}`}. Ctrl-C ends it; the next start goes on from here.

Look:
  ${url}/            the dashboard: what is happening, and how the layers answer
  ${url}/docs        every route, its parameters and answers

Try:
${queries.join('\n')}
${datasets.map(sqlExample(url)).join('\n')}

`
}

function sqlExample(url: string): (dataset: DefinedDataset) => string {
  return ({ name, tables }) => {
    const [table] = Object.keys(tables)
    return `  curl '${url}/v1/sql' -H 'content-type: application/json' -d '{"sql": "SELECT * FROM ${name}.${table} LIMIT 5"}'`
  }
}
