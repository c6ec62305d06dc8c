/** What the page does in Chromium: `node scroll.ts <address> <chromium>`, run by `bench.page`.
 * Prints one JSON object. */
import { createRequire } from 'node:module'

const { chromium } = createRequire(new URL('../../gallery/package.json', import.meta.url))(
  '@playwright/test',
)
const [address, executablePath] = process.argv.slice(2)

interface Painted {
  /** Milliseconds to the largest contentful paint, of the way back from the sign-in page. */
  lcp: number
  /** The same since the address was opened. */
  since: number
  shift: number
  /** Paths of the scripts that had been asked for by then. */
  scripts: string[]
}

/** `opened` is when the address was, in milliseconds since 1970. */
function painted(opened: number): Promise<Painted> {
  return new Promise((done) => {
    const found: Painted = { lcp: 0, since: 0, shift: 0, scripts: [] }
    const finish = (): void => {
      found.since = performance.timeOrigin + found.lcp - opened
      found.scripts = performance
        .getEntriesByType('resource')
        .filter(({ name, startTime }) => name.endsWith('.js') && startTime <= found.lcp)
        .map(({ name }) => new URL(name).pathname)
      done(found)
    }
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) found.lcp = entry.startTime
    }).observe({ type: 'largest-contentful-paint', buffered: true })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) found.shift += (entry as any).value
    }).observe({ type: 'layout-shift', buffered: true })
    setTimeout(finish, 4000)
  })
}

/** The milliseconds between frames while the page scrolls by `step` pixels in each. */
function scrolled({ seconds, step }: { seconds: number; step: number }): Promise<number[]> {
  return new Promise((done) => {
    const frames: number[] = []
    const end = performance.now() + 1000 * seconds
    let before = performance.now()
    const next = (now: number): void => {
      frames.push(now - before)
      before = now
      scrollBy(0, step)
      if (now < end) requestAnimationFrame(next)
      else done(frames.slice(1))
    }
    requestAnimationFrame(next)
  })
}

const browser = await chromium.launch({ executablePath })
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
const page = await context.newPage()
await page.goto(address)
await page.getByRole('button', { name: 'ann' }).click()
await page.locator('.tile img.loaded').first().waitFor()

// Whoever has signed in is led back at once, as on AWS.
const paints: Painted[] = []
for (let round = 0; round < 5; round++) {
  const opened = Date.now()
  await page.goto(address)
  await page.locator('.tile img.loaded').first().waitFor()
  paints.push(await page.evaluate(painted, opened))
}
const tiles = await page.locator('.tile').count()
const walking = await page.evaluate(scrolled, { seconds: 10, step: 20 })
const running = await page.evaluate(scrolled, { seconds: 10, step: 200 })
await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2))
const jumped = performance.now()
await page.locator('.tile').first().waitFor()
const jump = performance.now() - jumped
const height = await page.evaluate(() => document.documentElement.scrollHeight)
await browser.close()
console.log(JSON.stringify({ paints, tiles, walking, running, jump, height }))
