import type { DefinedDataset } from '../schemas/define-dataset.ts'
import { escapeHtml } from './html.ts'
import { pageHtml } from './page.ts'

/** Shows where each dataset stands, as `/v1/status` says it, once a second. */
const script = `
const sum = (positions) => Object.values(positions).reduce((total, offset) => total + BigInt(offset), 0n).toLocaleString()
async function show() {
  const answer = await fetch('/v1/status')
  if (!answer.ok) throw new Error('HTTP ' + answer.status)
  const { datasets } = await answer.json()
  document.querySelector('tbody').replaceChildren(...datasets.map((d) => {
    const row = document.createElement('tr')
    const state = d.ready ? 'ready' : d.waiting_for
    for (const text of [d.dataset, state, d.generation, sum(d.tidemark), sum(d.speed), d.stream_time ?? '-', d.lag_ms + ' ms']) row.insertCell().textContent = text
    return row
  }))
}
async function follow() {
  const note = document.querySelector('#note')
  try { await show(); note.textContent = '' } catch (error) { note.textContent = 'No figures: ' + error.message }
  setTimeout(follow, 1000)
}
follow()
`

/** Where to look, until one knows. */
export function homePage(
  datasets: readonly DefinedDataset[],
  host: string,
): { readonly html: string; readonly policy: string } {
  const body = `<h1>Tidemark</h1>
<p>Answers about a live stream of events, as if all of its history were one SQL database that is always up to date.</p>
<table><thead><tr><th>Dataset<th>State<th>Generation<th>Events in batch<th>Events in all<th>Stream time<th>Lag</thead><tbody></tbody></table>
<p id="note"></p>
${datasets.map(datasetHtml).join('\n')}
<h2>SQL</h2>
<pre>curl -s http://${escapeHtml(host)}/v1/sql -H 'content-type: application/json' -d '{"sql": "SELECT 1 AS one"}'</pre>
<p><a href="/docs">Every route</a> · <a href="/openapi.json">OpenAPI</a> · <a href="/v1/status">Status</a> · <a href="/v1/datasets">Datasets</a></p>`
  return pageHtml({ title: 'Tidemark', body, script })
}

function datasetHtml({ name, description, queries, tables }: DefinedDataset): string {
  const link = (kind: string, item: string) => `<a href="/v1/${name}/${kind}/${item}">${escapeHtml(item)}</a>`
  return `<h2>${name}</h2>
<p>${escapeHtml(description)}</p>
<p>Queries: ${Object.keys(queries)
    .map((query) => link('queries', query))
    .join(' · ')}</p>
<p>Tables: ${Object.keys(tables)
    .map((table) => link('tables', table))
    .join(' · ')}</p>`
}
