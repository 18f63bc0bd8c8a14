import { createHash } from 'node:crypto'

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2a33; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin-top: 2rem } h3 { font-size: 1rem; margin: 1.2rem 0 .2rem }
a { color: #00618c } code, pre { font: .88em ui-monospace, monospace; background: #f0f4f6; border-radius: 4px }
code { padding: .1em .3em } pre { padding: .8rem; overflow-x: auto }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #d9e2e7; vertical-align: top }
@media (prefers-color-scheme: dark) { body { color: #dbe5ea; background: #12191e } a { color: #6fc3ea } code, pre { background: #1e2a31 } th, td { border-color: #2c3a42 } }
`

export type Page = { readonly title: string; readonly body: string }

/** Returns a page that loads nothing from elsewhere and runs no script. */
export function pageHtml({ title, body }: Page): { readonly html: string; readonly policy: string } {
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
${body}
</html>
`
  const policy = [
    "default-src 'none'",
    `style-src ${hashSource(style)}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
  return { html, policy }
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** Escapes text for an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
