/** A JSON Schema. Only the words that are used here matter. */
export type Schema = Readonly<Record<string, unknown>>

export type ParameterObject = {
  readonly name: string
  readonly in: 'query' | 'header'
  readonly description: string
  readonly required: false
  readonly schema: Schema
}

export type Content = Readonly<Record<string, { readonly schema: Schema }>>

export type ResponseObject = { readonly description: string; readonly headers?: Schema; readonly content?: Content }

export type Operation = {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly parameters?: readonly ParameterObject[]
  readonly requestBody?: { readonly required: true; readonly content: Content }
  readonly responses: Readonly<Record<string, ResponseObject | { readonly $ref: string }>>
  /** Empty if the path needs no key. */
  readonly security?: readonly []
}

export type PathItem = { readonly get?: Operation; readonly post?: Operation }

export type OpenApi = {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, PathItem>>
  readonly components: Schema
  readonly security?: readonly Schema[]
}
