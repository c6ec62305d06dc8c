import type { Locator, Page } from '@playwright/test'
import { call, uploaded } from './pipeline'
import { expect, expectAccessible, picture, test } from './stack'

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}-${process.pid}-${at + 1}.jpg`)

/** Pictures that are in the trash; returns their ids. */
async function deleted(called: string[]): Promise<string[]> {
  const ids = await uploaded(
    'ann',
    called.map((name) => picture('coffee.jpg', name)),
  )
  for (const id of ids) await call('ann', `/api/pictures/${id}`, undefined, { method: 'DELETE' })
  await expect.poll(() => statuses(ids), { timeout: 40_000 }).toEqual(ids.map(() => 'deleted'))
  return ids
}

async function statuses(ids: string[]): Promise<string[]> {
  const { pictures } = await call<{ pictures: { status: string }[] }>(
    'ann',
    `/api/status?ids=${ids.join(',')}`,
  )
  return pictures.map(({ status }) => status)
}

function option(page: Page, called: string): Locator {
  return page.getByRole('option').filter({ hasText: called })
}

test('a picture that was deleted is in the trash, with the days that are left', async ({ as }) => {
  const [name] = names('binned', 1) as [string]
  const ids = await uploaded('ann', [picture('coffee.jpg', name)])
  const page = await as('ann')
  await page.locator('.grid').getByRole('link', { name }).focus()
  await page.keyboard.press('x')
  await page.keyboard.press('Delete')
  await expect(page.getByText('1 picture moved to the trash')).toBeVisible()
  await expect.poll(() => statuses(ids), { timeout: 40_000 }).toEqual(['deleted'])
  await page.getByRole('link', { name: 'Trash' }).click()
  await expect(option(page, name)).toContainText(/\d+ days left/)
  await expect(page.getByText(/Deleted pictures can be restored for \d+ days/)).toBeVisible()
  await expectAccessible(page)
})

test('pictures are selected by click and by keys, restored, and that is undone', async ({ as }) => {
  const made = names('restored', 4)
  const id = new Map((await deleted(made)).map((each, at) => [made[at]!, each]))
  const page = await as('ann', '/trash')
  // They were uploaded at once, so the list has them in any order.
  await expect(option(page, made[0]!)).toBeVisible()
  const listed = await page.getByRole('option').allTextContents()
  const called = listed.flatMap((text) => made.filter((name) => text.includes(name)))
  const ids = called.map((name) => id.get(name)!)
  const selected = page.getByRole('option', { selected: true })
  const [first, last] = [option(page, called[0]!), option(page, called[3]!)]
  await first.click()
  await expect(selected).toHaveCount(1)
  await last.click({ modifiers: ['Shift'] })
  await expect(selected).toHaveCount(4)
  await expect(page.getByRole('heading', { name: '4 selected' })).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await expect(selected).toHaveCount(0)
  await page.keyboard.press('Home')
  await page.keyboard.press(' ')
  await expect(selected).toHaveCount(1)
  await page.keyboard.press('Shift+ArrowRight')
  await expect(selected).toHaveCount(2)
  await page.keyboard.press('Escape')
  await first.click()
  await last.click()
  await page.keyboard.press('r')
  await expect(page.getByText('2 pictures restored')).toBeVisible()
  await expect(first).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo', exact: true }).click()
  await expect(page.getByText('2 pictures back in the trash')).toBeVisible({ timeout: 40_000 })
  await expect(first).toBeVisible({ timeout: 40_000 })
  await option(page, called[1]!).click()
  await page.getByRole('button', { name: 'Restore' }).click()
  await expect.poll(() => statuses([ids[1]!]), { timeout: 60_000 }).toEqual(['ready'])
  await expect(option(page, called[1]!)).toHaveCount(0)
  expect(await statuses([ids[0]!, ids[3]!])).toEqual(['deleted', 'deleted'])
})

test('what is deleted for good is asked for by number, has a receipt, and is gone', async ({
  as,
}) => {
  const called = names('purged', 2)
  const ids = await deleted(called)
  const page = await as('ann', '/trash')
  for (const name of called) await option(page, name).click()
  await page.keyboard.press('Delete')
  const question = page.getByRole('dialog', { name: 'Delete 2 pictures for good?' })
  await expect(question).toBeVisible()
  await expect(question.getByRole('button', { name: 'Keep' })).toBeFocused()
  await expectAccessible(page)
  await page.keyboard.press('Enter')
  await expect(question).toBeHidden()
  await expect(page.getByRole('option', { selected: true })).toHaveCount(2)
  await page.getByRole('button', { name: 'Delete for good' }).click()
  await question.getByRole('button', { name: 'Delete 2 pictures' }).click()
  const receipt = page.getByRole('dialog', { name: 'Deleted for good' })
  await expect(receipt).toBeVisible({ timeout: 40_000 })
  await expect(receipt.getByText('What may remain, and until when')).toBeVisible()
  await expectAccessible(page)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    receipt.getByRole('button', { name: 'Download as JSON' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('deletion-receipt.json')
  await receipt.getByRole('button', { name: 'Close' }).click()
  await expect(receipt).toBeHidden()
  for (const name of called) await expect(option(page, name)).toHaveCount(0)
  for (const id of ids)
    await expect(call('ann', `/api/pictures/${id}`)).rejects.toThrow(`/api/pictures/${id}: 404`)
})
