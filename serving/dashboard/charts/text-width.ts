const font = '12px system-ui, sans-serif'
/** Figures of one width take more than those that are measured. */
const wider = 1.12

let context: CanvasRenderingContext2D | null = null

/** Of a text in a chart, in pixels, rounded up. */
export function textWidth(text: string): number {
  context ??= document.createElement('canvas').getContext('2d')
  if (context === null) throw new TypeError('a canvas of this browser has no text')
  context.font = font
  return Math.ceil(context.measureText(text).width * wider)
}
