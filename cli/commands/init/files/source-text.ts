/** A text in TypeScript, with the quotes that need fewer escapes. */
export function quoted(text: string): string {
  const json = JSON.stringify(text)
  if (text.includes("'"))
    return text.includes('"')
      ? `'${json
          .slice(1, -1)
          .replaceAll(String.raw`\"`, '"')
          .replaceAll("'", String.raw`\'`)}'`
      : json
  return `'${json.slice(1, -1).replaceAll(String.raw`\"`, '"')}'`
}

/** The name of a member, quoted where it must be. */
function member(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)
}

const widthMax = 120

/** Comments of at most the width of a page, each line of which begins like the first. */
export function comments(notes: readonly string[], indent: string, mark = '//'): readonly string[] {
  const width = widthMax - indent.length - mark.length - 1
  return notes.flatMap((note) => wrapped(note, width)).map((line) => `${indent}${mark} ${line}`)
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.replaceAll(/\s+/g, ' ').split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + word.length < width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

export type Entry = readonly [name: string, code: string | Block, notes?: readonly string[]]

/** An object that is written over several lines, unless it is short and was not asked to be. */
export type Block = { readonly entries: readonly Entry[]; readonly mayBeShort?: true }

/** The lines of an object's members. */
export function memberLines(entries: readonly Entry[], indent: string): readonly string[] {
  return entries.flatMap(([name, code, notes = []]) => [
    ...comments(notes, indent),
    ...valueLines(`${indent}${member(name)}: `, code, indent),
  ])
}

function valueLines(start: string, code: string | Block, indent: string): readonly string[] {
  if (typeof code === 'string') return [`${start}${code},`]
  if (code.entries.length === 0) return [`${start}{},`]
  const short = code.mayBeShort === true ? shortOf(code) : null
  if (short !== null && start.length + short.length < widthMax) return [`${start}${short},`]
  return [`${start}{`, ...memberLines(code.entries, `${indent}  `), `${indent}},`]
}

function shortOf({ entries }: Block): string | null {
  const members = entries.map(([name, code, notes = []]) =>
    typeof code === 'string' && notes.length === 0 ? `${member(name)}: ${code}` : null,
  )
  return members.includes(null) ? null : `{ ${members.join(', ')} }`
}

/** A list of texts. */
export function texts(list: readonly string[]): string {
  return `[${list.map(quoted).join(', ')}]`
}
