import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

const Scraping = z.object({
  scrape_configs: z.array(
    // Another path, or another scheme, would have to be one that replicas have.
    z.strictObject({
      job_name: z.string(),
      static_configs: z.array(z.strictObject({ targets: z.array(z.string()) })),
    }),
  ),
})
const Sources = z.object({ datasources: z.array(z.object({ uid: z.string(), type: z.string(), url: z.url() })) })
const Providers = z.object({
  providers: z.array(z.object({ type: z.string(), options: z.object({ path: z.string() }) })),
})

function readYaml(root: string, file: string): unknown {
  return parse(readFileSync(join(root, 'grafana', file), 'utf8'))
}

/** `serve-1:8080` */
export function scrapeTargets(root: string): readonly string[] {
  const { scrape_configs: jobs } = Scraping.parse(readYaml(root, 'prometheus.yml'))
  return jobs.flatMap(({ static_configs: groups }) => groups.flatMap(({ targets }) => targets))
}

export function dataSources(root: string) {
  return Sources.parse(readYaml(root, 'datasources.yml')).datasources
}

export function dashboardFolders(root: string): readonly string[] {
  return Providers.parse(readYaml(root, 'dashboards.yml')).providers.map(({ options }) => options.path)
}
