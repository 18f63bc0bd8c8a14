import { plot } from '@observablehq/plot'
import type { PlotOptions } from '@observablehq/plot'

export type Chart = {
  draw(): void
  /** The next `draw` does not wait for the pointer: what was clicked asks for another chart. */
  release(): void
  /** The datum of the tip that is shown. */
  pointedAt(): unknown
}

/**
 * Draws into `place`, as wide as it is, again when its width changes and when `draw` is called. Its height is kept, so that
 * nothing below it moves. A chart that is pointed at is redrawn once the pointer leaves, so that its tip stays.
 */
export function makeChart(
  place: HTMLElement,
  options: (width: number) => PlotOptions | null,
  signal: AbortSignal,
): Chart {
  let shown: (SVGSVGElement | HTMLElement) & { value?: unknown } = document.createElement('div')
  let isPointed = false
  let isDue = false
  const redraw = (): void => {
    isDue = false
    const width = Math.floor(place.clientWidth)
    const chosen = width === 0 ? null : options(width)
    if (chosen === null) return
    shown = plotWithoutStyle({ width, className: 'plot', ...chosen })
    place.replaceChildren(shown)
  }
  const draw = (): void => {
    if (isPointed) isDue = true
    else redraw()
  }
  const resized = new ResizeObserver(() => redraw())
  resized.observe(place)
  signal.addEventListener('abort', () => resized.disconnect())
  place.addEventListener('pointerenter', () => (isPointed = true), { signal })
  place.addEventListener(
    'pointerleave',
    () => {
      isPointed = false
      if (isDue) redraw()
    },
    { signal },
  )
  const release = (): void => {
    isPointed = false
  }
  return { draw, release, pointedAt: () => shown.value ?? null }
}

/** The library's charts bring a style element, which the page's policy forbids; `style.css` says the same. */
function plotWithoutStyle(options: PlotOptions): ReturnType<typeof plot> {
  const chart = plot(options)
  for (const style of chart.querySelectorAll('style')) style.remove()
  // The place it is drawn into says in words what it shows.
  chart.setAttribute('aria-hidden', 'true')
  return chart
}
