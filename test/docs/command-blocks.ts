const outputLanguages = ['json', 'text', 'mermaid'] as const

/** One command of README, with the output it shows. */
export type ReadmeCommand = {
  readonly command: string
  readonly expected: { readonly language: (typeof outputLanguages)[number]; readonly text: string } | null
}

type Block = { readonly language: string; readonly text: string; readonly isNext: boolean }

/**
 * The commands of the fenced `sh` blocks, in order. A `json`, `text` or `mermaid` block that follows, with nothing but blank lines
 * between, is the output of the last one.
 */
export function readmeCommands(markdown: string): readonly ReadmeCommand[] {
  const blocks = fencedBlocks(markdown)
  return blocks.flatMap((block, index) => {
    if (block.language !== 'sh') return []
    const commands = splitCommands(block.text)
    const output = outputOf(blocks[index + 1])
    return commands.map((command, at) => ({ command, expected: at === commands.length - 1 ? output : null }))
  })
}

function outputOf(next: Block | undefined): ReadmeCommand['expected'] {
  if (next === undefined || !next.isNext) return null
  const language = outputLanguages.find((each) => each === next.language)
  return language === undefined ? null : { language, text: next.text }
}

/** A line that ends in a backslash, or inside quotes, goes on in the next. Comment lines are for people. */
function splitCommands(text: string): readonly string[] {
  const commands: string[] = []
  let open = ''
  for (const line of text.split('\n')) {
    if (open === '' && /^\s*(#|$)/.test(line)) continue
    open += open === '' ? line : `\n${line}`
    if (line.endsWith('\\') || hasOpenQuote(open)) continue
    commands.push(open)
    open = ''
  }
  if (open !== '') throw new Error(`README: a command does not end: ${open}`)
  return commands
}

function hasOpenQuote(text: string): boolean {
  let quote = ''
  for (const letter of text) {
    if (quote === '' && (letter === "'" || letter === '"')) quote = letter
    else if (letter === quote) quote = ''
  }
  return quote !== ''
}

function fencedBlocks(markdown: string): readonly Block[] {
  const fences = [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
  return fences.map((fence, index) => {
    const before = fences[index - 1]
    const between = before === undefined ? 'start' : markdown.slice(before.index + before[0].length, fence.index)
    return { language: fence[1] ?? '', text: (fence[2] ?? '').trimEnd(), isNext: between.trim() === '' }
  })
}

/** The files that a page shows, with their paths: the fenced blocks that follow a line with a path. */
export function filesOf(markdown: string): readonly (readonly [string, string])[] {
  return [...markdown.matchAll(/^`([\w./-]+)`\n\n```\w+\n([\s\S]*?)^```$/gm)].map(([, path, text]) => [
    path ?? '',
    text ?? '',
  ])
}
