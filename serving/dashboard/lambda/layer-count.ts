import type { Row } from '../page/page.ts'

/** One count, made by the layers: `merged = batch - overridden + speed`. */
export type LayerCount = {
  readonly name: string
  readonly title: string
  readonly batch: number
  readonly overridden: number
  readonly speed: number
  readonly merged: number
  /** The result of counting events as they arrive, repeats and changes too. */
  readonly naive: number
}

export function layerCountOf(row: Row): LayerCount {
  return {
    name: String(row['count']),
    title: String(row['title']),
    batch: Number(row['batch']),
    overridden: Number(row['overridden']),
    speed: Number(row['speed']),
    merged: Number(row['merged']),
    naive: Number(row['naive']),
  }
}
