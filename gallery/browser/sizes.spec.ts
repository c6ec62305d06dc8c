import type { Locator, Page } from '@playwright/test'
import { uploaded } from './pipeline'
import { expect, expectAccessible, picture, test, wall } from './stack'

const name = (what: string): string => `sizes-${process.pid}-${what}.jpg`
const [WIDE, TALL, SQUARE, HELD] = ['wide', 'tall', 'square', 'held'].map(name) as [
  string,
  string,
  string,
  string,
]
let ids: [string, string, string]
let held: string

test.beforeAll(async ({ browser }) => {
  const page = await browser.newPage()
  const files = [
    await wall(page, WIDE, 2700, 900),
    await wall(page, TALL, 1200, 1800),
    await wall(page, SQUARE, 1500, 1500),
  ]
  await page.close()
  ids = (await uploaded('ann', files)) as typeof ids
  held = (await uploaded('ann', [picture('hubble.jpg', HELD)], 'held'))[0]!
})

interface Loaded {
  id: string
  name: string
  bytes: number
}

/** What is loaded of pictures from now on. */
function loads(page: Page): Loaded[] {
  const found: Loaded[] = []
  page.on('response', async (response) => {
    const [, root, id, , name] = new URL(response.url()).pathname.split('/')
    if (root !== 'i' || !response.ok()) return
    const entry = { id: id!, name: name!, bytes: 0 }
    found.push(entry)
    entry.bytes = (await response.body()).length
  })
  return found
}

/** The page of a stage that makes nothing on demand. */
async function without(page: Page): Promise<void> {
  await page.route('**/config.json', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), onDemand: null } })
  })
}

async function refuse(page: Page): Promise<void> {
  await page.route(/\/i\/\w+\/\w+\/[0-9][^/]*$/, (route) => route.fulfill({ status: 503 }))
}

function tile(page: Page, id: string): Locator {
  return page.locator(`.tile[data-id="${id}"] img`)
}

async function shown(page: Page, path = '/'): Promise<void> {
  await page.goto(path)
  for (const id of ids) await expect(tile(page, id)).toHaveClass('loaded')
}

function width(image: Locator): Promise<number> {
  return image.evaluate((each: HTMLImageElement) => each.naturalWidth)
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 3 })

  test('tiles load smaller files than were made ahead', async ({ as }) => {
    const page = await as('ann', '/trash')
    const files = loads(page)

    async function transferred(): Promise<number> {
      files.length = 0
      await shown(page)
      const mine = (): Loaded[] => files.filter(({ id }) => ids.includes(id))
      await expect.poll(() => mine().length).toBe(ids.length)
      await expect.poll(() => mine().every(({ bytes }) => bytes > 0)).toBe(true)
      return mine().reduce((sum, { bytes }) => sum + bytes, 0)
    }

    const now = await transferred()
    const names = new Map(files.map(({ id, name }) => [id, name]))
    // Twice as many pixels as the tile, not three times.
    for (const id of ids) {
      const box = (await tile(page, id).boundingBox())!
      const wanted = 2 * Math.max(box.width, box.height)
      const step = Number(names.get(id))
      expect(step).toBeGreaterThanOrEqual(wanted)
      expect(step).toBeLessThan(wanted * 1.5)
    }
    await without(page)
    const before = await transferred()
    console.log(`${before} bytes of three pictures, with sizes on demand ${now}`)
    expect(now).toBeLessThan(before / 2)
  })
})

test('a tile and the viewer show what was made ahead if nothing more can be had', async ({
  as,
}) => {
  const page = await as('ann', '/trash')
  await refuse(page)
  await shown(page)
  for (const id of ids)
    expect(await tile(page, id).evaluate((each: HTMLImageElement) => each.currentSrc)).toMatch(
      /\/(small|large)$/,
    )
  await page.goto(`/pictures/${ids[0]}`)
  const layer = page.getByRole('dialog', { name: WIDE })
  const finest = layer.locator('img.loaded').last()
  await expect.poll(() => width(finest)).toBe(1600)
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  for (let step = 0; step < 2; step++) await page.keyboard.press('+')
  await expect.poll(() => asked.some((each) => each.endsWith('/original'))).toBe(true)
  await expect.poll(() => width(finest)).toBe(2700)
})

test('zooming loads one finer file when it pauses, and never more pixels than there are', async ({
  as,
}) => {
  const page = await as('ann', `/pictures/${ids[0]}`)
  const layer = page.getByRole('dialog', { name: WIDE })
  const finest = layer.locator('img.loaded').last()
  await expect.poll(() => width(finest)).toBe(1600)
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname.split('/').at(-1)!))
  for (let step = 0; step < 6; step++) await page.keyboard.press('+')
  await expect.poll(() => width(finest)).toBe(2700)
  await page.keyboard.press('0')
  await page.waitForTimeout(500)
  expect(asked).toEqual(['3200'])
})

test('nothing is made on demand of what is not shown to everyone', async ({ as }) => {
  const page = await as('ann', '/trash')
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await page.goto(`/pictures/${held}?panel=1`)
  const panel = page.getByRole('complementary', { name: 'Information' })
  await expect(panel.getByRole('heading', { name: HELD })).toBeVisible()
  for (let step = 0; step < 3; step++) await page.keyboard.press('+')
  await page.waitForTimeout(500)
  await expect(panel.getByRole('heading', { name: 'In another size' })).toHaveCount(0)
  const files = asked.filter((each) => each.startsWith(`/i/${held}/`))
  expect(files.map((each) => each.split('/').at(-1))).toContain('large')
  expect(files.filter((each) => /\/[0-9][^/]*$/.test(each))).toEqual([])
})

test('the address of a size is put together, seen and copied', async ({ as }) => {
  const page = await as('ann', `/pictures/${ids[1]}?panel=1`)
  const form = page.getByRole('complementary', { name: 'Information' }).locator('form')
  await expect(form.getByRole('heading', { name: 'In another size' })).toBeVisible()
  await expect(form.getByText('427 × 640 pixels')).toBeVisible()
  await expect(form.getByLabel('Keep', { exact: true })).toHaveCount(0)
  await form.getByLabel('Width', { exact: true }).selectOption('480')
  await form.getByLabel('Height', { exact: true }).selectOption('320')
  await form.getByLabel('Fit', { exact: true }).selectOption('Cropped to fill')
  await form.getByLabel('Keep', { exact: true }).selectOption('What stands out')
  await form.getByLabel('Format', { exact: true }).selectOption('JPEG')
  await expect(form.getByText('480 × 320 pixels')).toBeVisible()
  await expect(form.getByText(/^http.*\/480x320,cover,salient\.jpg$/)).toBeVisible()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await form.getByRole('button', { name: 'Copy the address' }).click()
  await expect(page.getByText('Copied')).toBeVisible()
  const address = await page.evaluate(() => navigator.clipboard.readText())
  await page.goto(address)
  await expect.poll(() => width(page.locator('img'))).toBe(480)

  await page.setViewportSize({ width: 320, height: 568 })
  await page.goto(`/pictures/${ids[1]}?panel=1`)
  await form.getByRole('button', { name: 'Copy the address' }).scrollIntoViewIfNeeded()
  const heights = await form
    .locator('select, button')
    .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height))
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(44)
  const overflow = await form.evaluate((each) => each.scrollWidth - each.clientWidth)
  expect(overflow).toBeLessThanOrEqual(0)
})
