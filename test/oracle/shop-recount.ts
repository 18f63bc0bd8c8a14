import { isObject, parseLine } from './judge-event.ts'
import { orderValues } from './arbitrary/orders.ts'
import { Newest } from './answers/newest.ts'
import type { Version } from './answers/newest.ts'
import { positionOf } from './recount.ts'
import type { LoggedRecord, Recount } from './recount.ts'
import { sortRows } from './rows.ts'
import type { Row, TableColumns } from './rows.ts'
import { rejectedRow } from './rsvp-rows.ts'

/** The tables of the shop as they are meant, not read from the declaration. */
export const shopColumns = {
  order: {
    order_id: 'integer',
    at: 'time',
    total: 'text',
    paid_on: 'text',
    sent_at: 'text',
    parcel: 'text',
    tags: 'text',
    details: 'text',
    line_dropped: 'integer',
    price_dropped: 'integer',
    label_dropped: 'integer',
  },
  order_deleted: { deleted_at: 'time', order_id: 'integer' },
  web_order: { order_id: 'integer', at: 'time' },
  line: { order_id: 'integer', sku: 'text', quantity: 'integer', pair: 'integer', sku_number: 'integer' },
  price: { order_id: 'integer', price: 'double', quantity: 'integer' },
  label: { order_id: 'integer', note: 'text' },
  sold: { order_id: 'integer', sku: 'text' },
  arrival: { log_partition: 'integer', log_offset: 'integer', order_id: 'integer' },
  rejected: { log_partition: 'integer', log_offset: 'integer', received_at: 'time', value: 'bytes' },
} as const satisfies TableColumns

export type ShopTableName = keyof typeof shopColumns

type Line = { readonly sku: string | null; readonly quantity: bigint; readonly price: number | null }
type Order = {
  readonly id: bigint
  readonly at: bigint
  readonly isWeb: boolean
  readonly isGone: boolean
  readonly values: Readonly<Record<keyof typeof orderValues, string | null>>
  readonly lines: readonly Line[]
  readonly notes: readonly (string | null)[]
}

export function createShopRecount(): Recount<ShopTableName> {
  const newest = {
    order: new Newest(),
    order_deleted: new Newest(),
    web_order: new Newest(),
    line: new Newest(),
    price: new Newest(),
    label: new Newest(),
    sold: new Newest(),
  }
  const [arrival, rejected]: [Row[], Row[]] = [[], []]

  /** Deletes an order, and what belongs to it. */
  function remove(id: bigint, version: Version): void {
    newest.order_deleted.offer(`${id}`, version, [{ deleted_at: BigInt(version.time), order_id: id }])
    for (const owned of [newest.order, newest.line, newest.price, newest.label, newest.sold])
      owned.offer(`${id}`, version, [])
  }

  function accept({ partition, offset }: LoggedRecord, { id, at, isWeb, isGone, values, lines, notes }: Order): void {
    const version = { time: Number(at), partition, offset, position: 0 }
    arrival.push({ log_partition: BigInt(partition), log_offset: offset, order_id: id })
    if (isWeb) newest.web_order.offer(`${id}`, version, [{ order_id: id, at }])
    if (isGone) return remove(id, version)
    const ofSkus = firstOf(lines, ({ sku }) => [sku])
    const ofPrices = firstOf(lines, ({ price, quantity }) => [price, quantity])
    const ofNotes = firstOf(notes, (note) => [note])
    const row = {
      order_id: id,
      at,
      ...values,
      line_dropped: BigInt(lines.length - ofSkus.length),
      price_dropped: BigInt(lines.length - ofPrices.length),
      label_dropped: BigInt(notes.length - ofNotes.length),
    }
    newest.order.offer(`${id}`, version, [row])
    newest.line.offer(
      `${id}`,
      version,
      ofSkus.map(({ sku, quantity }) => ({ order_id: id, sku, quantity, pair: 2n * quantity, sku_number: null })),
    )
    newest.price.offer(
      `${id}`,
      version,
      ofPrices.map(({ price, quantity }) => ({ order_id: id, price: price === null ? null : price + 0, quantity })),
    )
    newest.label.offer(
      `${id}`,
      version,
      ofNotes.map((note) => ({ order_id: id, note })),
    )
    newest.sold.offer(
      `${id}`,
      version,
      ofSkus.map(({ sku }) => ({ order_id: id, sku })),
    )
  }

  return {
    add(record) {
      const order = judgeOrder(record)
      const deleted = orderOfTombstone(record)
      if (deleted !== null) remove(deleted, { ...record, time: Number(record.timestamp), position: 0 })
      else if (order === null) rejected.push(rejectedRow(record))
      else accept(record, order)
    },
    tables: (isShown = () => true) => ({
      order: sortRows(newest.order.rows(isShown)),
      order_deleted: sortRows(newest.order_deleted.rows(isShown)),
      web_order: sortRows(newest.web_order.rows(isShown)),
      line: sortRows(newest.line.rows(isShown)),
      price: sortRows(newest.price.rows(isShown)),
      label: sortRows(newest.label.rows(isShown)),
      sold: sortRows(newest.sold.rows(isShown)),
      arrival: sortRows(arrival.filter((row) => isShown(positionOf(row)))),
      rejected: sortRows(rejected.filter((row) => isShown(positionOf(row)))),
    }),
  }
}

/** The first of those that are alike in all these values; none of those that lack one. Minus zero is zero. */
function firstOf<T>(
  items: readonly T[],
  valuesOf: (item: T) => readonly (string | number | bigint | null)[],
): readonly T[] {
  const seen = new Map<string, T>()
  for (const item of items) {
    const values = valuesOf(item)
    const name = JSON.stringify(values.map((value) => (typeof value === 'bigint' ? `${value}n` : value)))
    if (!values.includes(null) && !seen.has(name)) seen.set(name, item)
  }
  return [...seen.values()]
}

/** The order that a record without a value deletes by its key; null if it is no tombstone of an order. */
function orderOfTombstone({ key, value }: LoggedRecord): bigint | null {
  const json = value === null ? parseLine(key ?? null)?.json : null
  return isObject(json) && Number.isSafeInteger(json['id']) ? BigInt(Number(json['id'])) : null
}

/** Only what the test's own lines can hold is judged: an order, or no order at all. */
function judgeOrder({ value, timestamp }: LoggedRecord): Order | null {
  const json = parseLine(value)?.json
  if (!isObject(json)) return null
  const { order_id: id, at, lines, labels } = json
  if (typeof id !== 'number' || typeof at !== 'number' || BigInt(at) > timestamp + 2000n) return null
  const isGone = json['state'] === 'gone'
  // An event that deletes feeds no column but those of its key.
  const values = isGone ? noValues : valuesOf(json)
  if (values === null) return null
  return {
    id: BigInt(id),
    at: BigInt(at),
    isWeb: json['channel'] === 'web',
    isGone,
    values,
    lines: (Array.isArray(lines) ? lines : []).filter(isObject).map(({ sku, quantity, price }) => ({
      sku: typeof sku === 'string' ? sku : null,
      quantity: BigInt(Number(quantity)),
      price: typeof price === 'number' ? price : null,
    })),
    notes: (isObject(labels) ? Object.values(labels) : [])
      .filter(isObject)
      .map(({ note }) => (typeof note === 'string' ? note : null)),
  }
}

const noValues = { total: null, paid_on: null, sent_at: null, parcel: null, tags: null, details: null }

/** The texts of the order's columns; null if one of its values is none that fits. */
function valuesOf(json: Readonly<Record<string, unknown>>): Order['values'] | null {
  const textOf = (name: keyof typeof orderValues): string | null | undefined =>
    json[name] === undefined || json[name] === null
      ? null
      : orderValues[name].find(([value]) => JSON.stringify(value) === JSON.stringify(json[name]))?.[1]
  const { total, paid_on, sent_at, parcel, tags, details } = {
    total: textOf('total'),
    paid_on: textOf('paid_on'),
    sent_at: textOf('sent_at'),
    parcel: textOf('parcel'),
    tags: textOf('tags'),
    details: textOf('details'),
  }
  if (total === undefined || paid_on === undefined || sent_at === undefined || parcel === undefined) return null
  return tags === undefined || details === undefined ? null : { total, paid_on, sent_at, parcel, tags, details }
}
