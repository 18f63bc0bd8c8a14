const font = '12px system-ui, sans-serif'
/** Tabular figures are wider than the proportional ones that are measured. */
const wider = 1.12

let context: CanvasRenderingContext2D | null = null

/** Returns the width of a text in a chart, in pixels, rounded up. */
export function textWidth(text: string): number {
  context ??= document.createElement('canvas').getContext('2d')
  if (context === null) throw new TypeError('a canvas of this browser has no text')
  context.font = font
  return Math.ceil(context.measureText(text).width * wider)
}
