/** A name in a path, as it is or, with characters that paths use themselves, quoted as JSON quotes texts. */
const part = /"(?:[^"\\]|\\.)*"|[^."[\]][^.[\]]*/y

/**
 * The names in a path: `group.city` has two, and `"group.city"` has one. Throws a TypeError for what is no path.
 */
export function namesOf(path: string): readonly string[] {
  const names: string[] = []
  for (let at = 0; ; at += 1) {
    part.lastIndex = at
    const [text] = part.exec(path) ?? []
    if (text === undefined) throw notAPath(path)
    names.push(text.startsWith('"') ? unquoted(text, path) : text)
    at += text.length
    if (at === path.length) return names
    if (path[at] !== '.') throw notAPath(path)
  }
}

/**
 * The paths that lead through arrays, each from the element of the one before: `orders[].lines` has two, and
 * `orders[].lines[]` a third, which is empty.
 */
export function throughArrays(path: string): readonly string[] {
  const paths: string[] = ['']
  for (const [text] of path.matchAll(/"(?:[^"\\]|\\.)*"|\[\](?:\.|$)|[^"[]+|./g)) {
    if (text.startsWith('[]')) paths.push('')
    else paths.push(`${paths.pop() ?? ''}${text}`)
  }
  return paths
}

function unquoted(text: string, path: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    throw notAPath(path)
  }
}

function notAPath(path: string): TypeError {
  return new TypeError(
    `${path} is no path: it is made of names with points between them, and names with points or brackets, or with a quote first, are quoted as in JSON: a."b.c"`,
  )
}
