import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'
import { describe, expect, it } from 'vitest'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const
const reason = `set CHROMIUM_PATH, or put one of ${names.join(', ')} on the PATH`

/** Of the system's own browser; null where there is none. `CHROMIUM_PATH` wins, right or wrong. */
function findChromium(env: NodeJS.ProcessEnv): string | null {
  if (env['CHROMIUM_PATH']) return env['CHROMIUM_PATH']
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean)
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable) ?? null
}

/** A suite that needs a browser. Without one it is reported as skipped with the reason, and in CI it is a failure. */
export function describeInBrowser(title: string, define: (launch: () => Promise<Browser>) => void): void {
  const executablePath = findChromium(process.env)
  if (executablePath !== null) {
    // The browser's own sandbox refuses root; what it opens here are our own pages.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    describe(`${title}, in a browser`, () => define(() => chromium.launch({ executablePath, args })))
    return
  }
  describe(`${title}, in a browser`, () => {
    it(`has a browser: ${reason}`, ({ skip }) => {
      expect(process.env['CI'], `CI runs every suite: ${reason}`).not.toBe('true')
      skip(reason)
    })
  })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
