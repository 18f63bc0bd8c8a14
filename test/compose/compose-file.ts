import { parse } from 'yaml'
import { z } from 'zod'

const Dependency = z.object({ condition: z.string(), required: z.boolean().default(true) })

const Service = z.object({
  image: z.string(),
  build: z.string().optional(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  user: z.string().optional(),
  read_only: z.boolean().default(false),
  stop_grace_period: z.string().optional(),
  cap_drop: z.array(z.string()).default([]),
  profiles: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  configs: z.array(z.object({ source: z.string(), target: z.string() })).default([]),
  networks: z.object({ default: z.object({ aliases: z.array(z.string()) }) }).optional(),
  depends_on: z.record(z.string(), Dependency).default({}),
  healthcheck: z.union([z.object({ disable: z.literal(true) }), z.object({ test: z.array(z.string()) })]).optional(),
})
export type Service = z.infer<typeof Service>

const ComposeFile = z.object({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.null()),
  configs: z.record(z.string(), z.object({ file: z.string() })),
})
export type ComposeFile = z.infer<typeof ComposeFile>

/** Merge keys are resolved, as compose resolves them. */
export function parseCompose(text: string): ComposeFile {
  return ComposeFile.parse(parse(text, { merge: true }))
}
