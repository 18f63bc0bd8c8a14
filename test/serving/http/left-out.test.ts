import { expect, it } from 'vitest'
import { setUp } from '../../support/serve-fakes.ts'

const shop = { name: 'shop', reason: 'shop: the query lines: Binder Error: no', cause: new Error('in /srv/secret') }

it('a dataset that is left out answers nothing, and says why, wherever it is asked for', async () => {
  const { app } = await setUp({ leftOut: [shop] })
  for (const path of ['queries/lines', 'tables/line', 'feeds/now', 'generations', 'events']) {
    const response = await app.inject({ url: `/v1/shop/${path}`, method: path === 'events' ? 'POST' : 'GET' })
    expect([path, response.statusCode]).toEqual([path, 503])
    expect(response.json()).toMatchObject({ code: 'DATASET_FAULTY', detail: expect.stringContaining(shop.reason) })
    expect(response.body).not.toContain('secret')
  }
  expect((await app.inject({ url: '/v1/rsvp/queries/nobody' })).statusCode).toBe(404)
})

it('status, datasets and metrics show it', async () => {
  const { app } = await setUp({ leftOut: [shop] })
  const shown = [{ dataset: 'shop', reason: shop.reason }]
  expect((await app.inject({ url: '/v1/status' })).json()).toMatchObject({ left_out: shown })
  expect((await app.inject({ url: '/v1/datasets' })).json()).toMatchObject({ left_out: shown })
  expect((await app.inject({ url: '/metrics' })).body).toContain('tidemark_ready{dataset="shop"} 0')
})

it('nobody without a key hears of it', async () => {
  const { app } = await setUp({ leftOut: [shop], apiKeys: [] })
  expect((await app.inject({ url: '/v1/shop/tables/line' })).statusCode).toBe(401)
})
