/** Lighthouse's scores of the page: `node lighthouse.ts <address> <chromium>`, run by `bench.page`.
 * Prints one JSON object: medians of five, by form factor and category. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const { chromium } = createRequire(new URL('../../gallery/package.json', import.meta.url))(
  '@playwright/test',
)
const [address, executablePath] = process.argv.slice(2)
const LIGHTHOUSE = 'lighthouse@13.5.0'
const CATEGORIES = ['performance', 'accessibility', 'best-practices']
const ROUNDS = 5
const MOST_MS = 120_000

// Signed in once; the profile keeps that, so that every visit is led back at once, as on AWS.
// Lighthouse starts Chromium itself: Playwright holds each tab that another opens beside it.
const profile = mkdtempSync(join(tmpdir(), 'lighthouse-'))
process.on('exit', () => rmSync(profile, { recursive: true, force: true }))
const browser = await chromium.launchPersistentContext(profile, {
  executablePath,
})
const page = await browser.newPage()
await page.goto(address)
await page.getByRole('button', { name: 'ann' }).click()
await page.locator('.tile img.loaded').first().waitFor()
await browser.close()

function audited(...options: string[]): Record<string, number> {
  const printed = execFileSync(
    'npx',
    [
      ...['--yes', LIGHTHOUSE, address, '--disable-storage-reset'],
      `--chrome-flags=--headless=new --no-sandbox --user-data-dir=${profile}`,
      ...[`--only-categories=${CATEGORIES.join()}`, '--output=json', '--quiet'],
      ...options,
    ],
    {
      env: { ...process.env, CHROME_PATH: executablePath },
      encoding: 'utf-8',
      maxBuffer: 100_000_000,
      timeout: MOST_MS,
    },
  )
  const { categories } = JSON.parse(printed)
  return Object.fromEntries(CATEGORIES.map((name) => [name, 100 * categories[name].score]))
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

function medians(...options: string[]): Record<string, number> {
  const rounds = Array.from({ length: ROUNDS }, () => audited(...options))
  return Object.fromEntries(
    CATEGORIES.map((name) => [name, Math.round(median(rounds.map((each) => each[name]!)))]),
  )
}

console.log(JSON.stringify({ phone: medians(), desktop: medians('--preset=desktop') }))
