/** Orders of a shop and their cancellations, as its system would write them. */
export function shopEvents(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => JSON.stringify(n % 9 === 8 ? cancelled(n) : placed(n)))
}

function placed(n: number): object {
  return {
    type: 'order_placed',
    orderId: 1000 + n,
    at: timeOf(n),
    customer: { id: `c${n % 7}`, name: `Customer ${n % 7}`, email: n % 3 === 0 ? null : `c${n % 7}@example.org` },
    lines: Array.from({ length: n % 4 }, (_, line) => ({
      lineId: line + 1,
      product: { id: (n + line) % 11, name: `Product ${(n + line) % 11}` },
      quantity: line + 1,
      price: 9.99 + line,
    })),
    total: Number((n * 1.37).toFixed(2)),
    status: ['open', 'paid', 'sent'][n % 3],
    attributes: { [`k${n}`]: 'gift' },
    tags: n % 2 === 0 ? ['new'] : [],
    trackingId: String(10_000_000_000 + n),
  }
}

function cancelled(n: number): object {
  return { type: 'order_cancelled', orderId: 1000 + n - 1, at: timeOf(n), reason: `Reason ${n}` }
}

function timeOf(n: number): string {
  return new Date(Date.UTC(2024, 2, 1) + n * 97_000).toISOString()
}
