/**
 * Lays each row of a table out as a paragraph of its own where its cells find no room beside one another: a number whose
 * last digits are out of sight reads as another number. Once stacked it stays so until the width changes.
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
