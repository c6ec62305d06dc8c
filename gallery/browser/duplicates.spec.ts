import type { Locator, Page } from '@playwright/test'
import { call, uploaded } from './pipeline'
import { expect, expectAccessible, picture, test, type File } from './stack'

// No other flow uploads it, so that the groups are this flow's own.
const SAMPLE = 'temple.jpg'

function copies(prefix: string, count: number): File[] {
  return Array.from({ length: count }, (_, at) =>
    picture(SAMPLE, `${prefix}-${process.pid}-${at + 1}.jpg`),
  )
}

function groupOf(page: Page, name: string): Locator {
  return page.getByRole('group').filter({ hasText: name })
}

async function statuses(ids: string[]): Promise<string[]> {
  const { pictures } = await call<{ pictures: { status: string }[] }>(
    'ann',
    `/api/status?ids=${ids.join(',')}`,
  )
  return pictures.map(({ status }) => status).sort()
}

test('copies are found, merged, brought back, and kept', async ({ as }) => {
  test.slow()
  const files = copies('twin', 2)
  const [first, second] = files.map(({ name }) => name) as [string, string]
  const ids = await uploaded('ann', files)
  const page = await as('ann', `/pictures/${ids[0]}?panel=1`)

  // Beside the picture.
  await expect(page.getByRole('heading', { name: 'Also here as' })).toBeVisible()
  await expect(page.getByRole('link', { name: `${second} Same picture` })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Show all duplicates' }).click()

  // Merged into the other one than the proposed one, and undone.
  const group = groupOf(page, first)
  await expect(group.getByText('2 pictures that look the same')).toBeVisible()
  await expect(group.getByText('Best', { exact: true })).toHaveCount(1)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
  await group.getByRole('radio', { checked: false }).check()
  await group.getByRole('button', { name: 'Keep this one, 1 picture to the trash' }).click()
  await expect(page.getByText('1 picture moved to the trash')).toBeVisible()
  await expect(group).toHaveCount(0)
  await expect.poll(() => statuses(ids), { timeout: 40_000 }).toEqual(['deleted', 'ready'])
  await page.getByRole('button', { name: 'Undo', exact: true }).click()
  await expect.poll(() => statuses(ids), { timeout: 60_000 }).toEqual(['ready', 'ready'])
  await expect(group).toBeVisible({ timeout: 40_000 })

  // Kept, proposed again, and kept for good.
  await group.getByRole('button', { name: 'Keep all' }).click()
  await expect(page.getByText('2 pictures kept')).toBeVisible()
  await expect(group).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo', exact: true }).click()
  await expect(group).toBeVisible()
  await group.getByRole('button', { name: 'Keep all' }).click()
  await expect(page.getByText('2 pictures kept')).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { name: /Duplicates|No duplicates/ })).toBeVisible()
  await expect(group).toHaveCount(0)
})

test('a file that is there already is named in the tray, and uploaded', async ({ as }) => {
  const [file] = copies('again', 1) as [File]
  const [id] = await uploaded('ann', [file])
  const page = await as('ann')
  await page.getByLabel('Choose files').setInputFiles([{ ...file, name: 'other.jpg' }])
  const tray = page.getByRole('region', { name: 'Uploads' })
  await expect(tray.getByText('You have it already:')).toBeVisible()
  await tray.getByRole('link', { name: file.name }).click()
  await expect(page).toHaveURL(new RegExp(`/pictures/${id}`))
})
