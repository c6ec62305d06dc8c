/** Every view in its states, at three widths, light and dark: `node screens.ts <folder>`, run by
 * `proofs.screens`. Writes the pictures and a page with all of them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from '@playwright/test'

const folder = process.argv[2]!
const address = process.env.PAGE!
const ids = JSON.parse(process.env.IDS!) as Record<string, string>

interface View {
  name: string
  as: 'ann' | 'rita'
  path: string
  /** What is there when the view is complete. */
  ready: (page: Page) => Promise<unknown>
}

const shown = (page: Page): Promise<unknown> => page.locator('.tile img.loaded').nth(2).waitFor()
const titled =
  (name: string) =>
  (page: Page): Promise<unknown> =>
    page.getByRole('heading', { name }).first().waitFor()

const VIEWS: View[] = [
  {
    name: 'sign-in',
    as: 'ann',
    path: '',
    ready: (page) => page.getByRole('button', { name: 'ann' }).waitFor(),
  },
  { name: 'pictures', as: 'ann', path: '/', ready: shown },
  {
    name: 'selection',
    as: 'ann',
    path: '/',
    async ready(page) {
      await shown(page)
      for (const at of [0, 1]) {
        await page.locator('.tile').nth(at).focus()
        await page.locator('.tile a').nth(at).press('x')
      }
    },
  },
  {
    name: 'filters',
    as: 'ann',
    path: '/?status=ready&-label=Dog',
    async ready(page) {
      await shown(page)
      await page.getByRole('button', { name: 'Filters' }).click()
    },
  },
  { name: 'filtered-empty', as: 'ann', path: '/?label=Unicorn', ready: titled('No picture') },
  { name: 'search', as: 'ann', path: '/search?q=a+cup+of+coffee', ready: shown },
  {
    name: 'search-conditions',
    as: 'ann',
    path: '/search?q=animal+-label:Person+after:2020',
    ready: shown,
  },
  { name: 'search-like', as: 'ann', path: `/search?like=${ids.ready}`, ready: shown },
  {
    name: 'search-example',
    as: 'ann',
    path: '/search?q=cat',
    async ready(page) {
      await page
        .locator('form[role=search] input[type=file]')
        .setInputFiles(fileURLToPath(new URL('../../samples/coffee.jpg', import.meta.url)))
      await page.getByRole('heading', { name: 'Like the picture you chose' }).waitFor()
      await shown(page)
    },
  },
  {
    name: 'search-suggestions',
    as: 'ann',
    path: '/',
    async ready(page) {
      await shown(page)
      await page.getByRole('combobox', { name: 'Search pictures' }).pressSequentially('c')
      await page.getByRole('option').nth(2).waitFor()
      await page.keyboard.press('ArrowDown')
    },
  },
  {
    name: 'search-empty',
    as: 'ann',
    path: '/search?q=a+boat+label:Unicorn+-label:Person',
    ready: titled('Nothing found'),
  },
  {
    name: 'search-unreadable',
    as: 'ann',
    path: '/search?q=boat+after:yesterday',
    ready: titled('This search'),
  },
  { name: 'best', as: 'ann', path: '/best', ready: settled },
  { name: 'viewer', as: 'ann', path: `/pictures/${ids.ready}`, ready: settled },
  { name: 'viewer-panel', as: 'ann', path: `/pictures/${ids.ready}?panel=1`, ready: settled },
  {
    name: 'viewer-sizes',
    as: 'ann',
    path: `/pictures/${ids.ready}?panel=1`,
    ready: (page) =>
      page.getByRole('button', { name: 'Copy the address', exact: true }).scrollIntoViewIfNeeded(),
  },
  { name: 'viewer-held', as: 'ann', path: `/pictures/${ids.held}?panel=1`, ready: settled },
  { name: 'viewer-failed', as: 'ann', path: `/pictures/${ids.failed}?panel=1`, ready: settled },
  { name: 'missing', as: 'ann', path: `/pictures/${'0'.repeat(32)}`, ready: settled },
  {
    name: 'trash',
    as: 'ann',
    path: '/trash',
    ready: (page) => page.getByRole('option').first().waitFor(),
  },
  { name: 'duplicates', as: 'ann', path: '/duplicates', ready: settled },
  { name: 'review', as: 'rita', path: '/review', ready: settled },
  { name: 'review-reasons', as: 'rita', path: '/review?view=reasons', ready: settled },
  { name: 'upload', as: 'ann', path: '/', ready: uploading },
  { name: 'keys', as: 'ann', path: '/', ready: (page) => page.keyboard.press('?') },
]
const SIZES = [
  [1440, 900],
  [820, 1180],
  [390, 844],
] as const
const SCHEMES = ['light', 'dark'] as const

async function settled(page: Page): Promise<void> {
  await page.getByRole('heading').first().waitFor()
  await page.waitForLoadState('networkidle')
}

async function uploading(page: Page): Promise<void> {
  await shown(page)
  const files = ['holiday.jpg', 'a very long name of a picture that somebody took.jpg', 'empty.jpg']
  const data = await page.evaluateHandle((names) => {
    const transfer = new DataTransfer()
    names.forEach((name, at) =>
      transfer.items.add(
        new File(at < 2 ? [new Uint8Array(60_000)] : [], name, { type: 'image/jpeg' }),
      ),
    )
    return transfer
  }, files)
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: data })
  await page.dispatchEvent('body', 'drop', { dataTransfer: data })
  await page.waitForTimeout(2500)
}

mkdirSync(folder, { recursive: true })
const { CHROMIUM } = process.env
const browser = await chromium.launch(CHROMIUM ? { executablePath: CHROMIUM } : {})
const taken: { view: string; file: string; width: number }[] = []
for (const colorScheme of SCHEMES)
  for (const [width, height] of SIZES)
    for (const as of ['ann', 'rita'] as const) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme,
        locale: 'en-GB',
      })
      const page = await context.newPage()
      let signedIn = false
      for (const view of VIEWS.filter((each) => each.as === as)) {
        await page.goto(address + view.path)
        if (view.path && !signedIn) {
          await page.getByRole('button', { name: as }).click()
          signedIn = true
        }
        if (view.path)
          await page.getByRole('button', { name: 'Account' }).waitFor({ state: 'attached' })
        try {
          await view.ready(page)
          await page.waitForTimeout(700)
        } catch (error) {
          console.error(`${view.name} at ${width}, ${colorScheme}: ${error}`)
          process.exitCode = 1
        }
        const file = `${view.name}-${width}-${colorScheme}.png`
        await page.screenshot({ path: join(folder, file) })
        taken.push({ view: view.name, file, width })
      }
      await context.close()
      console.error(`${as} at ${width}, ${colorScheme}`)
    }
await browser.close()

const sections = VIEWS.map(({ name }) => {
  const figures = taken
    .filter(({ view }) => view === name)
    .map(({ file, width }) => `<img src="${file}" alt="${file}" width="${Math.round(width / 3)}">`)
  return `<h2>${name}</h2>\n<p>${figures.join('\n')}</p>`
})
writeFileSync(
  join(folder, 'index.html'),
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Views</title>
<style>body{font:15px/1.4 system-ui;margin:24px;background:#ddd}p{display:flex;flex-wrap:wrap;gap:12px;align-items:start}img{box-shadow:0 1px 4px #0006}</style>
${sections.join('\n')}</html>\n`,
)
