/** Lighthouse's scores of the page: `node lighthouse.ts <address> <chromium>`, run by `bench.page`.
 * Prints one JSON object: medians of five, by form factor and category. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const { chromium } = createRequire(new URL('../../gallery/package.json', import.meta.url))(
  '@playwright/test',
)
const [address, executablePath] = process.argv.slice(2)
const LIGHTHOUSE = 'lighthouse@13.5.0'
const CATEGORIES = ['performance', 'accessibility', 'best-practices']
const ROUNDS = 5
const MOST_MS = 120_000

// Playwright only signs in. While it is connected it holds every new tab until it has looked at it,
// those that Lighthouse opens too.
const profile = mkdtempSync(join(tmpdir(), 'lighthouse-'))
const browser = spawn(
  executablePath,
  [
    ...['--headless=new', '--no-sandbox', '--no-first-run', '--disable-dev-shm-usage'],
    ...['--remote-debugging-port=0', `--user-data-dir=${profile}`],
  ],
  { stdio: ['ignore', 'ignore', 'pipe'] },
)
const port = await listening()
browser.stderr.resume()

/** The port on which Chromium says that it takes commands. */
async function listening(): Promise<string> {
  for await (const line of createInterface(browser.stderr)) {
    const found = /^DevTools listening on ws:\/\/[^:]+:(\d+)/.exec(line)
    if (found) return found[1]!
  }
  throw new Error('Chromium ended before it took commands')
}

// Signed in once; then every visit is led back at once, as on AWS.
const driver = await chromium.connectOverCDP(`http://127.0.0.1:${port}`)
const page = await driver.contexts()[0].newPage()
await page.goto(address)
await page.getByRole('button', { name: 'ann' }).click()
await page.locator('.tile img.loaded').first().waitFor()
await page.close()
await driver.close()

function scores(form: 'phone' | 'desktop'): Record<string, number> {
  const printed = execFileSync(
    'npx',
    [
      ...['--yes', LIGHTHOUSE, address, `--port=${port}`, '--disable-storage-reset'],
      ...[`--only-categories=${CATEGORIES.join()}`, '--output=json', '--quiet'],
      ...(form === 'desktop' ? ['--preset=desktop'] : []),
    ],
    { encoding: 'utf-8', maxBuffer: 100_000_000, timeout: MOST_MS },
  )
  const { categories } = JSON.parse(printed)
  return Object.fromEntries(CATEGORIES.map((name) => [name, 100 * categories[name].score]))
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

const found: Record<string, Record<string, number>> = {}
for (const form of ['phone', 'desktop'] as const) {
  const rounds = Array.from({ length: ROUNDS }, () => scores(form))
  found[form] = Object.fromEntries(
    CATEGORIES.map((name) => [name, Math.round(median(rounds.map((each) => each[name]!)))]),
  )
}
browser.kill()
await once(browser, 'exit')
rmSync(profile, { recursive: true, force: true })
console.log(JSON.stringify(found))
