/**
 * Lays out each row of a table as a paragraph if its cells do not fit beside one another: a number whose last digits
 * are cut off would read as another number. Once stacked, the table stays so until the width changes.
 */
export function stackToFit(table: HTMLElement, scroll: HTMLElement, signal: AbortSignal): () => void {
  let width = 0
  const fit = (): void => {
    if (scroll.clientWidth !== width) table.classList.remove('is-stacked')
    width = scroll.clientWidth
    if (scroll.scrollWidth > width) table.classList.add('is-stacked')
  }
  const resized = new ResizeObserver(fit)
  resized.observe(scroll)
  signal.addEventListener('abort', () => resized.disconnect())
  return fit
}
