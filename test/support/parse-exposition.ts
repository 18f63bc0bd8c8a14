export type Sample = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}
export type Family = { readonly type: string; readonly help: string; readonly samples: readonly Sample[] }

const familyLine = /^# (HELP|TYPE) ([a-z][a-z0-9_]*) (.+)$/
const sampleLine = /^([a-z][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/
const labelPair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y

/** Values that are not decimal numbers. Prometheus reads their names in any case of letters. */
const numbers: ReadonlyMap<string, number> = new Map([
  ['+Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
  ['NaN', Number.NaN],
  ['Nan', Number.NaN],
])

/** Parses Prometheus' text format strictly, and throws if the text breaks its rules. */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>()
  const seen = new Set<string>()
  let current = ''
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, what, name = '', rest = ''] = familyLine.exec(line) ?? []
    if (what === 'HELP') {
      if (families.has(name)) throw new Error(`${name} comes twice`)
      families.set(name, { type: '', help: rest, samples: [] })
      current = name
    } else if (what === 'TYPE') {
      const family = families.get(name)
      if (family === undefined || name !== current) throw new Error(`${name} has a type before its help`)
      family.type = rest
    } else {
      const sample = parseSample(line)
      const series = `${sample.name}${JSON.stringify(Object.entries(sample.labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`
      if (seen.has(series)) throw new Error(`${series} comes twice`)
      seen.add(series)
      const family = families.get(current)
      if (family === undefined || !belongs(sample.name, current, family.type))
        throw new Error(`${line} is of no family`)
      family.samples.push(sample)
    }
  }
  for (const [name, family] of families) checkFamily(name, family)
  return families
}

function parseSample(line: string): Sample {
  const [, name, labels = '', number = ''] = sampleLine.exec(line) ?? []
  const value = numbers.get(number) ?? Number(number)
  if (name === undefined || (Number.isNaN(value) && !numbers.has(number))) throw new Error(`${line} is no sample`)
  return { name, labels: parseLabels(labels), value }
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {}
  labelPair.lastIndex = 0
  while (labelPair.lastIndex < text.length) {
    const [, name = '', value = ''] = labelPair.exec(text) ?? []
    if (name === '' || Object.hasOwn(labels, name)) throw new Error(`{${text}} are no labels`)
    labels[name] = value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
  }
  return labels
}

function belongs(sample: string, family: string, type: string): boolean {
  const endings =
    type === 'histogram' ? ['_bucket', '_sum', '_count'] : type === 'summary' ? ['', '_sum', '_count'] : ['']
  return endings.some((ending) => sample === `${family}${ending}`)
}

function checkFamily(name: string, { type, help, samples }: Family): void {
  if (help === '' || !['gauge', 'counter', 'histogram', 'summary'].includes(type)) throw new Error(`${name}: ${type}`)
  if (type === 'counter' && samples.some(({ value }) => value < 0)) throw new Error(`${name} counts below 0`)
  for (const { labels, value } of samples.filter((sample) => sample.name === `${name}_count`)) {
    const buckets = samples
      .filter((sample) => sample.name === `${name}_bucket` && isOf(sample.labels, labels))
      .map((sample) => sample.value)
    const isRising = buckets.every((count, index) => count >= (buckets[index - 1] ?? 0))
    if (!isRising || buckets.at(-1) !== value) throw new Error(`${name}: buckets ${buckets.join(' ')} of ${value}`)
  }
}

/** Returns a sample's value by its name and some of its labels; undefined if there is none. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = [...families.values()]
    .flatMap(({ samples }) => samples)
    .filter((sample) => sample.name === name && isOf(sample.labels, labels))
  if (found.length > 1) throw new Error(`${name} ${JSON.stringify(labels)} are several`)
  return found[0]?.value
}

function isOf(labels: Sample['labels'], some: Sample['labels']): boolean {
  return Object.entries(some).every(([label, value]) => labels[label] === value)
}
