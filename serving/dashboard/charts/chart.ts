import { plot } from '@observablehq/plot'
import type { PlotOptions } from '@observablehq/plot'

export type Chart = {
  draw(): void
  /**
   * Lets the next `draw` go ahead even while the pointer is over the chart, because a click asked for another chart.
   */
  release(): void
  /** Returns the datum whose tip is shown. */
  pointedAt(): unknown
}

/**
 * Draws the chart into `place`, as wide as that, again when its width changes and when `draw` is called. The height is
 * kept, so that nothing below moves. While the pointer is over the chart it is not redrawn, so that its tip stays.
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

/** The library adds a style element to its charts, which the page's policy forbids; `style.css` has the same rules. */
function plotWithoutStyle(options: PlotOptions): ReturnType<typeof plot> {
  const chart = plot(options)
  for (const style of chart.querySelectorAll('style')) style.remove()
  // The element around the chart describes it in words.
  chart.setAttribute('aria-hidden', 'true')
  return chart
}
