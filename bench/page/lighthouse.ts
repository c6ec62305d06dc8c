/** Lighthouse's scores of the page: `node lighthouse.ts <address> <chromium>`, run by `bench.page`.
 * Prints one JSON object: medians of five, by form factor and category, the machine's benchmark index,
 * and the factor by which a calibrated phone is slower. */
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

// Lighthouse takes a phone's processor for four times as slow as that of a fast desktop, whose
// benchmark index is 1,500 to 2,000. On a slower machine it asks for a smaller factor: its
// docs/throttling.md, "Calibrating the CPU slowdown".
const SLOWDOWN = 4
const FAST_INDEX = 1750

interface Round {
  scores: Record<string, number>
  index: number
}

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

function audited(...options: string[]): Round {
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
  const { categories, environment } = JSON.parse(printed)
  const scores = CATEGORIES.map((name) => [name, 100 * categories[name].score])
  return { scores: Object.fromEntries(scores), index: environment.benchmarkIndex }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

function rounds(...options: string[]): Round[] {
  return Array.from({ length: ROUNDS }, () => audited(...options))
}

function medians(found: Round[]): Record<string, number> {
  const of = (name: string): number => median(found.map(({ scores }) => scores[name]!))
  return Object.fromEntries(CATEGORIES.map((name) => [name, Math.round(of(name))]))
}

const phone = rounds()
const index = median(phone.map((each) => each.index))
const factor = Math.min(SLOWDOWN, (SLOWDOWN * index) / FAST_INDEX)
const calibrated = rounds(`--throttling.cpuSlowdownMultiplier=${factor}`)
const desktop = rounds('--preset=desktop')
const audits = { phone, 'calibrated phone': calibrated, desktop }
const found = Object.entries(audits).map(([form, each]) => [form, medians(each)])
console.log(JSON.stringify({ audits: Object.fromEntries(found), index, factor }))
