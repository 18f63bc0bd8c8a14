import { feature } from 'topojson-client'
import type { GeometryCollection, Topology } from 'topojson-specification'
import worldUrl from 'world-atlas/countries-110m.json?url'
import { request } from '../page/api.ts'

type Countries = ReturnType<typeof featuresOf>

let loading: Promise<Countries> | null = null

/** Loads the outlines of all countries once. If that fails, the next call tries again. */
export function loadCountries(): Promise<Countries> {
  loading ??= load().catch((error: unknown) => {
    loading = null
    throw error
  })
  return loading
}

async function load(): Promise<Countries> {
  return featuresOf(await (await request(worldUrl)).json())
}

function featuresOf(world: Topology<{ countries: GeometryCollection }>) {
  return feature(world, world.objects.countries)
}
