import { parser } from '@prometheus-io/lezer-promql'
import { z } from 'zod'

const Position = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() })
const Target = z.object({ expr: z.string(), legendFormat: z.string() })
const Panel = z.object({
  id: z.number(),
  type: z.enum(['row', 'stat', 'timeseries']),
  title: z.string(),
  gridPos: Position,
  targets: z.array(Target).default([]),
})
const Dashboard = z.object({
  uid: z.string(),
  templating: z.object({
    list: z.array(z.object({ name: z.string(), type: z.string(), definition: z.string().optional() })),
  }),
  annotations: z.object({ list: z.array(z.object({ expr: z.string() })) }),
  panels: z.array(Panel),
})
export type Dashboard = z.infer<typeof Dashboard>

export function parseDashboard(text: string): Dashboard {
  return Dashboard.parse(JSON.parse(text))
}

/** Every expression, with what the dashboard fills in filled in. */
export function expressionsOf({ panels, annotations, templating }: Dashboard): readonly string[] {
  const definitions = templating.list.flatMap(({ definition }) => {
    const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(definition ?? '') ?? []
    return metric === undefined ? [] : [`group by (${label}) (${metric})`]
  })
  return [
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...annotations.list.map(({ expr }) => expr),
  ]
    .map((expr) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$__interval', '1m'))
    .concat(definitions)
}

export type Used = { readonly metrics: readonly string[]; readonly labels: readonly string[] }

/** By Prometheus' own grammar. Throws where it does not parse. */
export function namesIn(expression: string): Used {
  const [metrics, labels] = [new Set<string>(), new Set<string>()]
  parser.parse(expression).iterate({
    enter({ type, node, from, to }) {
      if (type.isError) throw new Error(`${expression}: cannot be read at ${from}`)
      const text = expression.slice(from, to)
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') metrics.add(text)
      if (type.name === 'LabelName') labels.add(text)
    },
  })
  return { metrics: [...metrics], labels: [...labels] }
}
