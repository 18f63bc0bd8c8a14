import type { Kinds } from '../infer/find-kinds.ts'
import { pascalCase } from '../infer/names.ts'
import type { Node, ObjectNode } from '../infer/nodes.ts'
import type { Shape } from '../infer/shape.ts'
import { comments, memberLines, quoted } from './source-text.ts'
import type { Entry } from './source-text.ts'

export type ContractFile = { readonly name: string; readonly text: string }

/** Writes `contract.ts`: each object of an event is a constant of its own, inner ones first. */
export function contractFile(options: {
  readonly dataset: string
  readonly root: Node & ObjectNode
  readonly kinds: Kinds | null
  /** What the contract stands on. */
  readonly notes: readonly string[]
}): ContractFile {
  const { dataset, root, kinds } = options
  const writer = new ContractWriter()
  const name = `${pascalCase(dataset)}Event`
  writer.reserve(name)
  if (kinds === null) writer.object(name, root, root.shape)
  else {
    const names = [...kinds.shapes].map(([kind, shape]) =>
      writer.object(pascalCase(kind), root, shape, { [kinds.by]: `z.literal(${quoted(kind)})` }),
    )
    writer.union(name, kinds.by, names)
  }
  return { name, text: writer.text(name, options.notes) }
}

class ContractWriter {
  readonly #constants: { readonly name: string; readonly lines: readonly string[] }[] = []
  readonly #names = new Set<string>()
  #reserved = ''

  reserve(name: string): void {
    this.#reserved = name
  }

  /** Adds a constant of the object and of those in it. `seen` is where the object was: of one kind, or everywhere. */
  object(wanted: string, node: ObjectNode, seen: Shape, literals: Readonly<Record<string, string>> = {}): string {
    const name = wanted === this.#reserved ? wanted : this.#free(wanted)
    const entries = [...node.fields].flatMap(([field, child]): readonly Entry[] => {
      const here = seen.fields.get(field)
      if (here === undefined) return []
      const own = Object.hasOwn(literals, field) ? literals[field] : undefined
      return [own === undefined ? this.#field(field, child, { here, around: seen }) : [field, own]]
    })
    const lines = memberLines(entries, '  ')
    const left = node.unnamed.length === 0 ? [] : [unnamedNote(node.unnamed)]
    this.#constants.push({
      name,
      lines: [
        ...comments(left, ''),
        ...(lines.length === 0 ? [`const ${name} = z.object({})`] : [`const ${name} = z.object({`, ...lines, '})']),
      ],
    })
    return name
  }

  union(name: string, by: string, kinds: readonly string[]): void {
    const short = `const ${name} = z.discriminatedUnion(${quoted(by)}, [${kinds.join(', ')}])`
    const long = [`const ${name} = z.discriminatedUnion(${quoted(by)}, [`, ...kinds.map((kind) => `  ${kind},`), '])']
    const note = `Events differ by their ${JSON.stringify(by)}; another one than these is rejected.`
    this.#constants.push({ name, lines: [...comments([note], ''), ...(short.length > 112 ? long : [short])] })
  }

  text(exported: string, notes: readonly string[]): string {
    const constants = this.#constants.map(({ name, lines }) =>
      lines.map((line) => (name === exported && line.startsWith('const ') ? `export ${line}` : line)).join('\n'),
    )
    return `${["import { z } from 'zod'", comments(notes, '').join('\n'), ...constants].join('\n\n')}\n`
  }

  #field(name: string, node: Node, { here, around }: { here: Shape; around: Shape }): Entry {
    const isMissing = here.count < around.objects
    const isNull = here.nulls > 0 && node.kind !== 'any'
    const wrapper = isMissing ? (isNull ? '.nullish()' : '.optional()') : isNull ? '.nullable()' : ''
    const halves = node.shape.texts.size > 0 && node.shape.hasHalves
    return [
      name,
      `${this.#zodOf(name, node, here)}${wrapper}`,
      [...notesOf(node), ...(halves ? ['Its texts hold half of a surrogate pair, which no column can hold.'] : [])],
    ]
  }

  #zodOf(name: string, node: Node, seen: Shape): string {
    switch (node.kind) {
      case 'scalar':
        return node.zod
      case 'any':
        return 'z.unknown()'
      case 'object':
        return this.object(pascalCase(name), node, seen.objects === 0 ? node.shape : seen)
      case 'array':
        return `z.array(${this.#elementOf(singularName(name), node.element, seen.element)})`
      case 'map':
        return `z.record(z.string(), ${this.#elementOf(`${name}_value`, node.value)})`
    }
  }

  #elementOf(name: string, node: Node, seen: Shape = node.shape): string {
    const code = this.#zodOf(name, node, seen)
    return node.shape.nulls > 0 && node.kind !== 'any' ? `${code}.nullable()` : code
  }

  #free(wanted: string): string {
    let name = wanted
    for (let n = 2; this.#names.has(name) || name === this.#reserved; n += 1) name = `${wanted}${n}`
    this.#names.add(name)
    return name
  }
}

/** What was guessed of a field, or of the single values in it. */
function notesOf(node: Node): readonly string[] {
  if (node.kind === 'array') return notesOf(node.element)
  if (node.kind === 'map') return notesOf(node.value)
  return 'note' in node && node.note !== undefined ? [node.note] : []
}

function singularName(name: string): string {
  return name.replace(/(?<=[^s])s$/, '')
}

function unnamedNote(names: readonly string[]): string {
  const quotedNames = names.map((name) => JSON.stringify(name)).join(', ')
  return `Not named here, since a contract cannot: ${quotedNames}. Such fields may be there and are not judged.`
}
