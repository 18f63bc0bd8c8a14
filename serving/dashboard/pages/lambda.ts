import { makeCard } from '../panels/card.ts'
import type { Card } from '../panels/card.ts'
import { element, setText } from '../page/element.ts'
import { countChoice } from '../lambda/count-choice.ts'
import { explain } from '../lambda/explain.ts'
import { flow } from '../lambda/flow.ts'
import { generationsCard } from '../lambda/generations.ts'
import { history } from '../lambda/history.ts'
import { layerCountOf } from '../lambda/layer-count.ts'
import type { LayerCount } from '../lambda/layer-count.ts'
import { partitionLines, reachLegend } from '../lambda/partition-lines.ts'
import { partitionsOf } from '../lambda/standing.ts'
import { sumBars } from '../lambda/sum-bars.ts'
import type { App, AsOf, StatusEntry, FeedMessage, Page } from '../page/page.ts'

const feed = 'layers'

export const lambdaPage: Page = {
  id: 'lambda',
  title: 'Lambda',
  note: 'How two layers make one answer: batch up to the tidemark, speed from there on, each row counted once.',
  hasFilters: false,
  mount(root, app) {
    const cards = element('div', { class: 'cards' })
    root.append(cards)
    if (app.dataset.feeds.some(({ name }) => name === feed)) mountCounts(root, cards, app)
    const card = makeCard({
      kind: 'wide',
      title: 'Generations',
      note: 'What the batch layer has committed, newest first. Each moves the tidemark on, and speed forgets what it covers.',
    })
    cards.append(card.root)
    generationsCard(app, card)
  },
}

function mountCounts(root: HTMLElement, cards: HTMLElement, app: App): void {
  const [picture, sums, log, past] = [
    makeCard({
      kind: 'wide card-flow',
      title: 'From log to answer',
      note: 'Every event is in the log. Batch has counted its beginning, speed the rest.',
    }),
    makeCard({
      kind: 'sums',
      title: 'Why not just add?',
      note: 'Rows that newer ones override are taken from batch before speed is added.',
    }),
    makeCard({
      kind: 'partitions',
      title: 'The tidemark',
      note: 'Each line is a partition of the log. Batch answers left of the mark, speed right of it.',
    }),
    makeCard({
      kind: 'wide card-history',
      title: 'Since you opened this page',
      note: 'At every hand-over batch takes over what speed held; the sum does not notice.',
    }),
  ]
  const shown = countViews({ picture, sums, log, past }, app)
  let message: FeedMessage | null = null
  let status: StatusEntry | null = null
  const choice = countChoice(app.dataset.counts, app, () => draw())
  const draw = (): void => {
    if (message === null) return
    const counts = countsOf(message)
    const count = counts.find(({ name }) => name === choice.chosen())
    if (count !== undefined) shown.draw(count, message.as_of, status)
  }
  root.prepend(choice.root)
  cards.append(picture.root, element('div', { class: 'lambda-pair' }, sums.root, log.root), past.root)
  app.onStatus(({ datasets }) => {
    status = datasets.find(({ dataset }) => dataset === app.dataset.name) ?? null
    draw()
  })
  app.subscribe(feed, {
    onMessage(next) {
      message = next
      shown.remember(countsOf(next))
      draw()
    },
    onProblem: (text) => [picture, sums, log, past].forEach((card) => card.showStale(text)),
  })
}

function countsOf({ answers }: FeedMessage): readonly LayerCount[] {
  return (answers['layers']?.rows ?? []).map(layerCountOf)
}

type Cards = { readonly picture: Card; readonly sums: Card; readonly log: Card; readonly past: Card }

function countViews(cards: Cards, app: App) {
  const views = { flow: flow(), sums: sumBars(), lines: partitionLines(), past: history(app) }
  const sentence = element('p', { class: 'explain' })
  cards.picture.body.append(views.flow.root, sentence)
  cards.sums.body.append(views.sums.root)
  cards.log.body.append(views.lines.root, reachLegend())
  cards.past.body.append(views.past.root)
  return {
    remember: (counts: readonly LayerCount[]): void => views.past.add(counts),
    draw(count: LayerCount, asOf: AsOf, status: StatusEntry | null): void {
      const partitions = partitionsOf(asOf, app.dataset.name, status)
      const sum = (of: (partition: (typeof partitions)[number]) => number): number =>
        partitions.reduce((total, partition) => total + of(partition), 0)
      for (const card of Object.values(cards)) card.showBody()
      const generation = asOf.datasets[app.dataset.name]?.generation ?? 0
      views.flow.update({
        count,
        generation,
        covered: sum(({ tidemark }) => tidemark),
        since: sum(({ tidemark, speed }) => Math.max(0, speed - tidemark)),
      })
      setText(sentence, explain(count, generation))
      views.sums.update(count)
      views.lines.update(partitions)
      views.past.show(count.name)
    },
  }
}
