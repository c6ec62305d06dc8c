import type { Locator, Page } from '@playwright/test'
import { uploaded } from './pipeline'
import { expect, expectAccessible, picture, test } from './stack'

/** Names of this process's own: a flow that failed has the next begin in another. */
const [FIRST, SECOND, THIRD] = [1, 2, 3].map((number) => `grid-${process.pid}-${number}.jpg`) as [
  string,
  string,
  string,
]

test.beforeAll(async () => {
  await uploaded('ann', [
    picture('coffee.jpg', FIRST),
    picture('flower.jpg', SECOND),
    picture('rocket.jpg', THIRD),
  ])
})

/** The names in the order of the grid: they arrived within one second, in any order. */
async function inOrder(page: Page): Promise<string[]> {
  const labels = await page
    .locator('.tile a')
    .evaluateAll((links) => links.map((each) => each.getAttribute('aria-label') ?? ''))
  const own = [FIRST, SECOND, THIRD]
  return labels.flatMap((label) => own.filter((name) => label.startsWith(name)))
}

function tile(page: Page, name: string): Locator {
  return page.locator('.tile', { has: page.getByRole('link', { name }) })
}

test('a picture is a link with a name, and its tile has its size before the file', async ({
  as,
}) => {
  const page = await as('ann')
  await expect(page.getByRole('link', { name: `${SECOND}, ` })).toBeVisible()
  const shift = await page.evaluate(
    () =>
      new Promise<number>((done) => {
        let sum = 0
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[])
            sum += entry.value
        }).observe({ type: 'layout-shift', buffered: true })
        setTimeout(() => done(sum), 1000)
      }),
  )
  expect(shift).toBe(0)
  await expectAccessible(page)
})

test('filters are in the address, and back and forward walk through them', async ({ as }) => {
  const page = await as('ann')
  await page.getByRole('button', { name: 'Filters' }).click()
  await page.getByRole('textbox', { name: 'Label' }).fill('-nothing')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL('/?-label=nothing')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('link', { name: FIRST })).toBeVisible()
  await page.getByRole('button', { name: 'Invert the filter not nothing' }).click()
  await expect(page).toHaveURL('/?label=nothing')
  await expect(page.getByRole('heading', { name: 'No picture matches' })).toBeVisible()
  await page.goBack()
  await expect(page.getByRole('link', { name: FIRST })).toBeVisible()
  await page.reload()
  await expect(page).toHaveURL('/?-label=nothing')
  await page.getByRole('button', { name: 'Remove the filter not nothing' }).click()
  await expect(page).toHaveURL('/')
})

test('a filter by state is chosen from the form @full', async ({ as }) => {
  const page = await as('ann')
  await page.getByRole('button', { name: 'Filters' }).click()
  await page.getByRole('combobox', { name: 'Ready' }).selectOption('Exclude')
  await expect(page).toHaveURL('/?-status=ready')
  await expect(page.getByRole('link', { name: FIRST })).toHaveCount(0)
})

test('arrows move, x selects, shift extends, Escape clears', async ({ as }) => {
  const page = await as('ann')
  await expect(page.getByRole('link', { name: FIRST })).toBeVisible()
  await page.keyboard.press('ArrowRight')
  const focused = page.locator('.tile a:focus')
  await expect(focused).toBeVisible()
  const first = await focused.getAttribute('href')
  await page.keyboard.press('x')
  await page.keyboard.press('Shift+ArrowRight')
  expect(await focused.getAttribute('href')).not.toBe(first)
  await expect(page.getByRole('toolbar', { name: '2 pictures selected' })).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('toolbar')).toHaveCount(0)
})

test('a range is selected by shift and click, and deleted and brought back', async ({ as }) => {
  const page = await as('ann')
  await expect(page.getByRole('link', { name: THIRD })).toBeVisible()
  const [from, , to] = (await inOrder(page)) as [string, string, string]
  await tile(page, from).hover()
  await tile(page, from).getByRole('button').click()
  await tile(page, to).click({ modifiers: ['Shift'] })
  await page.getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByText('3 pictures moved to the trash')).toBeVisible()
  await expect(page.getByRole('link', { name: THIRD })).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo', exact: true }).click()
  // The tiles are back at once; a page that is closed before this is said restores nothing.
  await expect(page.getByText('Restoring 3 pictures')).toBeVisible()
  await expect(async () => {
    await page.reload()
    await expect(page.getByRole('link', { name: THIRD })).toBeVisible({ timeout: 5_000 })
  }).toPass({ timeout: 40_000 })
})

test('rows become denser and looser, and stay so @full', async ({ as }) => {
  const page = await as('ann')
  const first = tile(page, FIRST)
  await expect(first).toBeVisible()
  const height = async (): Promise<number> => (await first.boundingBox())!.height
  const before = await height()
  await page.getByRole('button', { name: 'Smaller pictures' }).click()
  await expect.poll(height).toBeLessThan(before)
  const after = await height()
  await page.reload()
  await expect(first).toBeVisible()
  expect(await height()).toBe(after)
})

test('a list that cannot be loaded says why and tries again', async ({ as }) => {
  const page = await as('ann', '/trash')
  await page.route('**/api/pictures/dates*', (route) =>
    route.fulfill({ status: 403, json: { message: 'Forbidden' } }),
  )
  await page.getByRole('link', { name: 'Pictures', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'could not be loaded' })).toBeVisible()
  await page.unroute('**/api/pictures/dates*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('link', { name: FIRST })).toBeVisible()
})

test('everything is usable at 320 pixels', async ({ as }) => {
  const page = await as('ann')
  await page.setViewportSize({ width: 320, height: 568 })
  await expect(page.getByRole('link', { name: FIRST })).toBeVisible()
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
  await expectAccessible(page)
})
