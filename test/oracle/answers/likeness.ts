/** Of two texts, from 0 to 1: Jaro's similarity with Winkler's bonus for up to four equal first letters. */
export function likeness(a: string, b: string): number {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  const jaro = jaroSimilarity(left, right)
  const different = left.findIndex((letter, n) => n === 4 || letter !== right[n])
  const equalFirst = different === -1 ? left.length : different
  return jaro > 0.7 ? jaro + equalFirst * 0.1 * (1 - jaro) : jaro
}

function jaroSimilarity(a: Uint8Array, b: Uint8Array): number {
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1)
  const taken = new Set<number>()
  const ofA = a.filter((letter, n) => {
    const at = b.findIndex((other, m) => other === letter && Math.abs(n - m) <= reach && !taken.has(m))
    if (at !== -1) taken.add(at)
    return at !== -1
  })
  const ofB = b.filter((_, n) => taken.has(n))
  const matches = ofA.length
  if (matches === 0) return 0
  const transposed = ofA.filter((letter, n) => letter !== ofB[n]).length
  return (matches / a.length + matches / b.length + (matches - Math.floor(transposed / 2)) / matches) / 3
}
