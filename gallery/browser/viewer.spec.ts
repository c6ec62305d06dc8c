import type { Locator, Page } from '@playwright/test'
import type { Schemas } from '../src/api/client'
import { call, uploaded } from './pipeline'
import { expect, expectAccessible, picture, test, wall } from './stack'

const name = (what: string): string => `viewer-${process.pid}-${what}.jpg`
const [FIRST, SECOND, THIRD, HELD, FAILED] = ['1', '2', '3', 'held', 'failed'].map(name) as [
  string,
  string,
  string,
  string,
  string,
]
let ids: [string, string, string]
let held: string
let failed: string

test.beforeAll(async () => {
  const [ready, [dark], [broken]] = await Promise.all([
    uploaded('ann', [
      picture('coffee.jpg', FIRST),
      picture('astronaut.jpg', SECOND),
      picture('rocket.jpg', THIRD),
    ]),
    uploaded('ann', [picture('hubble.jpg', HELD)], 'held'),
    uploaded('ann', [picture('shopping-list.jpg', FAILED)], 'failed'),
  ])
  ids = ready as typeof ids
  held = dark!
  failed = broken!
})

function link(page: Page, called: string): Locator {
  return page.locator('.grid').getByRole('link', { name: called })
}

function viewer(page: Page, called: string): Locator {
  return page.getByRole('dialog', { name: called })
}

async function opened(page: Page, called: string): Promise<Locator> {
  await link(page, called).click()
  const layer = viewer(page, called)
  await expect(layer).toBeVisible()
  return layer
}

test('a reviewer opens whatever state a picture is in @full', async ({ as }) => {
  const page = await as('rita')
  for (const [called, id] of [
    [HELD, held],
    [FAILED, failed],
    [FIRST, ids[0]],
  ] as const) {
    await link(page, called).hover()
    await link(page, called).click()
    await expect(page).toHaveURL(`/pictures/${id}`)
    await expect(viewer(page, called)).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page).toHaveURL('/')
  }
})

test('a tile opens the viewer, arrows lead on, and Escape returns the focus', async ({ as }) => {
  const page = await as('ann')
  await opened(page, SECOND)
  await expectAccessible(page)
  await page.keyboard.press('ArrowRight')
  await expect(page).not.toHaveURL(`/pictures/${ids[1]}`)
  const next = page.url()
  await page.getByRole('button', { name: 'Previous picture' }).click()
  await expect(page).toHaveURL(`/pictures/${ids[1]}`)
  await page.getByRole('button', { name: 'Next picture' }).click()
  await expect(page).toHaveURL(next)
  await page.keyboard.press('ArrowLeft')
  await expect(page).toHaveURL(`/pictures/${ids[1]}`)
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL('/')
  await expect(link(page, SECOND)).toBeFocused()
})

test('the browser’s back closes the viewer that a tile has opened @full', async ({ as }) => {
  const page = await as('ann', '/?status=ready')
  await opened(page, FIRST)
  await page.goBack()
  await expect(page).toHaveURL('/?status=ready')
  await expect(viewer(page, FIRST)).toHaveCount(0)
})

test('the panel has the facts, the story and the addresses', async ({ as }) => {
  const page = await as('ann', `/pictures/${ids[0]}`)
  await expect(viewer(page, FIRST)).toBeVisible()
  await page.keyboard.press('i')
  await expect(page).toHaveURL(`/pictures/${ids[0]}?panel=1`)
  const panel = page.getByRole('complementary', { name: 'Information' })
  await expect(panel.getByRole('heading', { name: FIRST })).toBeVisible()
  await expect(panel.getByText('600 × 400').first()).toBeVisible()
  await expect(panel.getByRole('heading', { name: 'What happened' })).toBeVisible()
  await expect(panel.getByText('Renditions made')).toBeVisible()
  await expectAccessible(page)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await panel.getByRole('button', { name: 'Copy the address of small, Any' }).click()
  await expect(page.getByText('Copied')).toBeVisible()
  const address = await page.evaluate(() => navigator.clipboard.readText())
  expect(new URL(address).pathname).toMatch(/\/small$/)
  const file = await page.request.get(address)
  expect(file.headers()['content-type']).toMatch(/^image\//)
  await page.getByRole('button', { name: 'Copy the address of this page' }).click()
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toBe(new URL(`/pictures/${ids[0]}`, page.url()).href)
})

test('a description that somebody else changed meanwhile is shown, not lost', async ({ as }) => {
  const path = `/api/pictures/${ids[2]}`
  const page = await as('ann', `/pictures/${ids[2]}?panel=1`)
  const text = page.getByRole('textbox', { name: 'Description' })
  await page.getByRole('button', { name: 'Describe the picture' }).click()
  await text.fill('A rocket')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('A rocket', { exact: true })).toBeVisible()
  await expect
    .poll(async () => (await call<Schemas['Picture']>('ann', path)).alt_text)
    .toBe('A rocket')
  await page.getByRole('button', { name: 'Edit the description' }).click()
  await text.fill('A rocket at night')
  const { revision } = await call<Schemas['Picture']>('rita', path)
  await call(
    'rita',
    path,
    { alt_text: 'A launch' },
    { method: 'PATCH', headers: { 'If-Match': `"${revision}"` } },
  )
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Somebody else changed the description')).toBeVisible()
  await expect(page.getByText('A launch', { exact: true })).toBeVisible()
  await expect(text).toHaveValue('A rocket at night')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect
    .poll(async () => (await call<Schemas['Picture']>('ann', path)).alt_text)
    .toBe('A rocket at night')
})

test('a focus point is set by keys and kept @full', async ({ as }) => {
  const page = await as('ann', `/pictures/${ids[0]}?panel=1`)
  await page.getByRole('button', { name: 'Set', exact: true }).click()
  await expect(page.getByRole('application', { name: 'Focus point' })).toBeFocused()
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await expect(page.getByText('The renditions are being made again')).toBeVisible()
  await expect(page.getByText('60 % from the left, 49 % from the top')).toBeVisible()
  const { focus } = await call<Schemas['Picture']>('ann', `/api/pictures/${ids[0]}`)
  expect(focus).toEqual({ x: 0.6, y: 0.49 })
})

test('the original is fetched only for detail that no other file has @full', async ({ as }) => {
  const page = await as('ann', '/trash')
  const called = name('wall')
  const [id] = await uploaded('ann', [await wall(page, called, 4500, 3000)])
  const originals: string[] = []
  page.on('request', (request) => {
    if (request.url().endsWith('/original')) originals.push(request.url())
  })
  await page.goto(`/pictures/${id}`)
  const layer = viewer(page, called)
  await expect(layer.locator('img.loaded').first()).toBeVisible()
  // At first `large`, of 1600 pixels, is more than the view can show.
  await page.waitForTimeout(500)
  expect(originals).toEqual([])
  const zoom = page.getByRole('button', { name: 'Show the whole picture' })
  const whole = await zoom.textContent()
  const finest = layer.locator('img.loaded').last()
  const width = (): Promise<number> =>
    finest.evaluate((each: HTMLImageElement) => each.naturalWidth)
  for (let step = 0; step < 3; step++) await page.keyboard.press('+')
  await expect.poll(width).toBe(3840)
  expect(originals).toEqual([])
  await page.keyboard.press('+')
  await expect.poll(() => originals.length).toBe(1)
  await expect.poll(width).toBe(4500)
  expect(await zoom.textContent()).not.toBe(whole)
  await page.keyboard.press('-')
  await page.keyboard.press('Escape')
  await expect(layer).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(layer).toHaveCount(0)
  expect(originals).toHaveLength(1)
})

test('the original is downloaded under its name', async ({ as }) => {
  const page = await as('ann', `/pictures/${ids[0]}`)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the original' }).click(),
  ])
  expect(download.suggestedFilename()).toBe(FIRST)
})

test('a picture is deleted with the next one shown, and brought back', async ({ as }) => {
  const called = name('deleted')
  const [id] = await uploaded('ann', [picture('flower.jpg', called)])
  const page = await as('ann')
  await opened(page, called)
  await page.keyboard.press('Delete')
  await expect(page.getByText(`${called} moved to the trash`)).toBeVisible()
  await expect(page).not.toHaveURL(`/pictures/${id}`)
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.getByRole('button', { name: 'Undo', exact: true }).click()
  await expect(page.getByText(`Restoring ${called}`)).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(link(page, called)).toBeVisible({ timeout: 40_000 })
})

test('a held and a failed picture say what they wait for and why', async ({ as }) => {
  const page = await as('ann', `/pictures/${held}`)
  const layer = viewer(page, HELD)
  await expect(layer.getByText('Waiting for a person')).toBeVisible()
  await expect(layer.getByText('A reviewer decides whether it may be shown.')).toBeVisible()
  await layer.getByRole('button', { name: 'Why', exact: true }).click()
  await expect(layer.getByRole('heading', { name: 'Why it waits' })).toBeVisible()
  await expect(layer.getByRole('row', { name: /Brightness at least 10/ })).toBeVisible()
  await expectAccessible(page)
  await page.goto(`/pictures/${failed}?panel=1`)
  const broken = viewer(page, FAILED)
  await expect(broken.getByRole('heading', { name: 'Why it could not be read' })).toBeVisible()
  await expect(broken.getByText('Download the original to look at it')).toBeVisible()
  await expectAccessible(page)
})

test('somebody else’s picture and none at all look the same @full', async ({ as }) => {
  const [theirs] = await uploaded('rita', [picture('coffee.jpg')])
  const page = await as('ann', `/pictures/${theirs}`)
  const missing = page.getByRole('heading', { name: 'This picture does not exist' })
  await expect(missing).toBeVisible()
  await expectAccessible(page)
  await page.goto(`/pictures/${'0'.repeat(32)}`)
  await expect(missing).toBeVisible()
  await page.getByRole('link', { name: 'Show all pictures' }).click()
  await expect(page).toHaveURL('/')
})
