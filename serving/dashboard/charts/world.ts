import { feature } from 'topojson-client'
import type { GeometryCollection, Topology } from 'topojson-specification'
import worldUrl from 'world-atlas/countries-110m.json?url'
import { request } from '../page/api.ts'

type Countries = ReturnType<typeof featuresOf>

let loading: Promise<Countries> | null = null

/** The outlines of all countries. A load that failed is tried again by the next who asks. */
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
