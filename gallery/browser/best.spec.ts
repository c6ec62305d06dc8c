import type { Page, Response } from '@playwright/test'
import { uploaded } from './pipeline'
import { expect, expectAccessible, picture, test } from './stack'

/** Without models the score is of sharpness and contrast. */

const NAMES = ['coffee', 'rocket'].map((each) => `best-${process.pid}-${each}.jpg`)

interface Best {
  pictures: { id: string; score: number }[]
}

test.beforeAll(async () => {
  await uploaded(
    'ann',
    ['coffee.jpg', 'rocket.jpg'].map((sample, place) => picture(sample, NAMES[place]!)),
  )
})

function answered(page: Page): Promise<Response> {
  return page.waitForResponse((response) => response.url().includes('/api/pictures/best'))
}

test('the best come first, by an address of their own, and the viewer goes through them', async ({
  as,
}) => {
  const page = await as('ann')
  const answer = answered(page)
  await page.getByRole('link', { name: 'Best first' }).click()
  await expect(page).toHaveURL('/best')
  const { pictures }: Best = await (await answer).json()
  const scores = pictures.map(({ score }) => score)
  expect(scores.length).toBeGreaterThan(1)
  expect(scores).toEqual([...scores].sort((a, b) => b - a))
  await expect(page.getByText('pictures, the best first')).toBeVisible()
  await expect(page.getByRole('heading', { level: 2 })).toHaveCount(0)
  const shown = page.locator('.tile')
  await expect(shown.first()).toBeVisible()
  const ids = await shown.evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.id))
  expect(ids).toEqual(pictures.slice(0, ids.length).map(({ id }) => id))
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
  await page.reload()
  await shown.first().getByRole('link').click()
  await expect(page).toHaveURL(`/best/pictures/${ids[0]}`)
  await page.getByRole('dialog').getByRole('button', { name: 'Next picture' }).click()
  await expect(page).toHaveURL(`/best/pictures/${ids[1]}`)
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL('/best')
  await page.getByRole('link', { name: 'By date' }).click()
  await expect(page).toHaveURL('/')
})

test('filters hold in either order, but for the state', async ({ as }) => {
  const page = await as('ann', '/?status=ready&from=2020-01-01')
  await page.getByRole('link', { name: 'Best first' }).click()
  await expect(page).toHaveURL('/best?from=2020-01-01')
  await page.getByRole('button', { name: 'Filters' }).click()
  const filters = page.getByRole('dialog', { name: 'Filters' })
  await expect(filters.getByLabel('From')).toHaveValue('2020-01-01')
  await expect(filters.getByRole('group', { name: 'State' })).toHaveCount(0)
  await expectAccessible(page)
  const asked = answered(page)
  await filters.getByLabel('From').fill('2020-01-02')
  await filters.getByLabel('From').blur()
  await expect(page).toHaveURL('/best?from=2020-01-02')
  expect(new URL((await asked).url()).searchParams.get('from')).toBe('2020-01-02')
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'By date' }).click()
  await expect(page).toHaveURL('/?from=2020-01-02')
})

test('a day without pictures says so, and everything fits 320 pixels', async ({ as }) => {
  const page = await as('ann', '/best?to=1990-01-01')
  await expect(page.getByRole('heading', { name: 'No picture matches' })).toBeVisible()
  await expectAccessible(page)
  for (const path of ['/best', '/']) {
    await page.goto(path)
    await page.setViewportSize({ width: 320, height: 568 })
    await expect(page.locator('.tile').first()).toBeVisible()
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
    await expectAccessible(page)
  }
})
