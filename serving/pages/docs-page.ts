import { escapeHtml, pageHtml } from './page.ts'
import type { OpenApi, Operation, ParameterObject } from '../openapi/types.ts'

/** Shows the OpenAPI document to people. */
export function docsPage({ info, paths }: OpenApi): { readonly html: string; readonly policy: string } {
  const operations = Object.entries(paths).flatMap(([path, { get, post }]) => [
    ...(get === undefined ? [] : [{ path, method: 'GET', operation: get }]),
    ...(post === undefined ? [] : [{ path, method: 'POST', operation: post }]),
  ])
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))]
  const sections = tags.map((tag) => {
    const tagged = operations.filter(({ operation }) => operation.tags.includes(tag))
    return `<h2>${escapeHtml(tag)}</h2>\n${tagged.map(operationHtml).join('\n')}`
  })
  const body = `<h1>${escapeHtml(info.title)} ${escapeHtml(info.version)}</h1>
<p>${escapeHtml(info.description)} For programs: <a href="/openapi.json">openapi.json</a>.</p>
<p>Answers come as JSON, NDJSON, CSV or Parquet, by <code>Accept</code> or <code>?format=</code>, and say in <code>as_of</code> what they stand on. Errors are RFC 9457 problems; their <code>code</code> is made for programs.</p>
${sections.join('\n')}`
  return pageHtml({ title: `${info.title}: routes`, body })
}

function operationHtml({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const title = method === 'GET' ? `<a href="${escapeHtml(path)}">${escapeHtml(path)}</a>` : escapeHtml(path)
  const parameters = operation.parameters ?? []
  const rows = parameters.map(parameterHtml).join('')
  return `<h3><code>${method}</code> ${title}</h3>
<p>${escapeHtml(operation.summary)}</p>${rows === '' ? '' : `\n<table>${rows}</table>`}`
}

function parameterHtml({ name, description, schema }: ParameterObject): string {
  const facts = Object.entries(schema)
    .filter(([fact]) => fact !== 'description')
    .map(([fact, value]) => `${fact} ${JSON.stringify(value)}`)
  return `<tr><td><code>${escapeHtml(name)}</code><td>${escapeHtml(description)}<td>${escapeHtml(facts.join(', '))}`
}
