import { expect, it } from 'vitest'
import { manifestKey } from '../../../schemas/formats/manifest.ts'
import { storedDatasets } from '../../../schemas/formats/stored-datasets.ts'
import { MemoryStore } from '../../fakes/memory-store.ts'

it('a store names each dataset that it has generations of, once, whatever lies beside them', async () => {
  const store = new MemoryStore()
  expect(await storedDatasets(store)).toEqual([])
  for (const dataset of ['shop', 'sho', 'shop2', 'a'])
    for (const generation of [1, 2, 3]) await store.putIfAbsent(manifestKey(dataset, generation), Buffer.from('{}'))
  for (const key of ['raw/other/0.parquet', 'tables/other/1.parquet', 'zzz'])
    await store.putIfAbsent(key, Buffer.from('x'))
  expect(await storedDatasets(store)).toEqual(['a', 'sho', 'shop', 'shop2'])
})
