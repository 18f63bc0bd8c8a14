import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { metricFamilies } from '../../serving/metrics/metric-families.ts'
import { ServiceMetrics } from '../../serving/metrics/service-metrics.ts'
import { parseCompose } from './compose-file.ts'
import { expressionsOf, namesIn, parseDashboard } from './dashboard.ts'
import { dashboardFolders, dataSources } from './metrics-files.ts'
import { parseExposition } from '../support/parse-exposition.ts'
import { setUp } from '../support/serve-fakes.ts'

const root = new URL('../..', import.meta.url).pathname
const dashboard = parseDashboard(readFileSync(join(root, 'grafana/dashboard.json'), 'utf8'))
const { services } = parseCompose(readFileSync(join(root, 'docker-compose.yml'), 'utf8'))

/** What Prometheus adds to what it scrapes. */
const scraped = ['job', 'instance']

describe('the dashboard', () => {
  it('asks for what is exported, in expressions that Prometheus reads', async () => {
    const series = await exportedSeries()
    const expressions = expressionsOf(dashboard)
    expect(expressions.length).toBeGreaterThan(20)
    for (const expression of expressions) {
      const { metrics, labels } = namesIn(expression)
      expect(metrics).not.toEqual([])
      expect([expression, metrics.filter((name) => !series.has(name))]).toEqual([expression, []])
      const known = [...scraped, ...metrics.flatMap(labelsOf)]
      expect([expression, labels.filter((label) => !known.includes(label))]).toEqual([expression, []])
    }
  })

  it('names lines by labels that they have', () => {
    for (const { expr, legendFormat } of dashboard.panels.flatMap(({ targets }) => targets)) {
      const [, grouped] = /\bby \(([^)]*)\)/.exec(expr) ?? []
      const known =
        grouped === undefined
          ? [...scraped, ...namesIn(expr.replaceAll('$__rate_interval', '1m')).metrics.flatMap(labelsOf)]
          : grouped.split(', ')
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label)
      expect([expr, named.filter((label) => !known.includes(label))]).toEqual([expr, []])
    }
  })

  it('would be caught asking for what is not there, or in what Prometheus does not read', async () => {
    const series = await exportedSeries()
    expect(namesIn('sum by (dataset) (rate(tidemark_made_up_total{x="y"}[1m]))')).toEqual({
      metrics: ['tidemark_made_up_total'],
      labels: ['dataset', 'x'],
    })
    expect(series.has('tidemark_made_up_total')).toBe(false)
    expect(() => namesIn('sum by (dataset) (rate(tidemark_ready[1m])')).toThrow(/cannot be read/)
  })

  it('shows every metric of the service', () => {
    const shown = expressionsOf(dashboard).flatMap((expression) => namesIn(expression).metrics)
    const missing = Object.keys(metricFamilies).filter((name) => !shown.some((metric) => metric.startsWith(name)))
    expect(missing).toEqual(['tidemark_build_info', 'tidemark_speed_offset'])
  })

  it('has panels with titles and ids of their own that do not lie on one another', () => {
    const { panels } = dashboard
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24)
  })
})

describe('what Grafana is given', () => {
  it('is the Prometheus of the compose file, and the folder where the dashboard lies', () => {
    const targets = services['grafana']?.configs.map(({ target }) => target) ?? []
    expect(dataSources(root)).toMatchObject([{ type: 'prometheus', url: 'http://prometheus:9090' }])
    expect(services['prometheus']?.ports).toEqual(['127.0.0.1:9090:9090'])
    expect(targets).toContain('/etc/grafana/provisioning/datasources/tidemark.yml')
    expect(targets).toContain('/etc/grafana/provisioning/dashboards/tidemark.yml')
    for (const folder of dashboardFolders(root)) expect(targets).toContain(`${folder}/tidemark.json`)
    const home = services['grafana']?.environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']
    expect(targets).toContain(home)
  })
})

/** A histogram is three. */
async function exportedSeries(): Promise<ReadonlySet<string>> {
  const metrics = new ServiceMetrics()
  metrics.collectProcess()
  const { app } = await setUp({ metrics })
  const families = parseExposition((await app.inject({ url: '/metrics' })).body)
  return new Set(
    [...families].flatMap(([name, { type }]) =>
      (type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']).map((ending) => `${name}${ending}`),
    ),
  )
}

/** Of a metric of the process it is not checked: it has those that are asked for, or the panel is empty. */
function labelsOf(series: string): readonly string[] {
  const found = Object.entries(metricFamilies).find(([name]) => series.replace(/_(bucket|sum|count)$/, '') === name)
  return found === undefined ? [] : [...found[1].labels, ...(series.endsWith('_bucket') ? ['le'] : [])]
}
