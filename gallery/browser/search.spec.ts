import type { Locator, Page } from '@playwright/test'
import { call, uploaded } from './pipeline'
import { expect, expectAccessible, picture, test, type Person } from './stack'

/** Without models words lie anywhere, so those that pictures have literally decide what comes first.
 * Pictures lie by their colours. */

const NAMES = ['coffee', 'rocket', 'flower'].map((each) => `found-${process.pid}-${each}.jpg`)
const [COFFEE, ROCKET] = NAMES as [string, string]
/** A word that nothing else has. */
const WORD = `quince${process.pid}`

const SAMPLES = { [COFFEE]: 'coffee.jpg', [ROCKET]: 'rocket.jpg', [NAMES[2]!]: 'flower.jpg' }

async function described(person: Person, id: string, alt_text: string): Promise<void> {
  const path = `/api/pictures/${id}`
  // The pipeline may still note something of a picture that is ready, such as who was told.
  await expect(async () => {
    const { revision } = await call<{ revision: number }>(person, path)
    const headers = { 'If-Match': `"${revision}"` }
    await call(person, path, { alt_text }, { method: 'PATCH', headers })
  }).toPass({ timeout: 10_000 })
}

let ids: string[] = []

test.beforeAll(async () => {
  ids = await uploaded(
    'ann',
    Object.entries(SAMPLES).map(([name, sample]) => picture(sample, name)),
  )
  await described('ann', ids[0]!, `A cup beside a ${WORD}`)
  await described('ann', ids[1]!, `A start above a ${WORD}`)
})

function field(page: Page): Locator {
  return page.getByRole('combobox', { name: 'Search pictures' })
}

function tiles(page: Page): Locator {
  return page.locator('.tile a')
}

/** Drop a file of the samples where the field is. */
async function drop(page: Page, sample: string): Promise<void> {
  const { buffer } = picture(sample)
  const data = await page.evaluateHandle((base64) => {
    const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))
    const transfer = new DataTransfer()
    transfer.items.add(new File([bytes], 'dropped.jpg', { type: 'image/jpeg' }))
    return transfer
  }, buffer.toString('base64'))
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: data })
  await field(page).dispatchEvent('dragover', { dataTransfer: data })
  await field(page).dispatchEvent('drop', { dataTransfer: data })
}

test('words are searched for, in the address, and the viewer goes through what is found', async ({
  as,
}) => {
  const page = await as('ann')
  await page.keyboard.press('/')
  await page.keyboard.type(WORD)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(`/search?q=${WORD}`)
  await expect(page.getByText(/pictures, the best match first$/)).toBeVisible()
  await expect(page.getByRole('heading', { level: 2 })).toHaveCount(0)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
  await page.reload()
  await expect(field(page)).toHaveValue(WORD)
  await expect(tiles(page).nth(1)).toBeVisible()
  const [first, second] = await tiles(page).evaluateAll((all) =>
    all.map((tile) => tile.closest<HTMLElement>('[data-id]')!.dataset.id!),
  )
  expect(new Set([first, second])).toEqual(new Set(ids.slice(0, 2)))
  const why = new RegExp(`^Description “A (cup|start) .* a ${WORD}”$`)
  await expect(tiles(page).first()).toHaveAccessibleDescription(why)
  await tiles(page).first().hover()
  await expect(page.locator('.why span').first()).toHaveCSS('opacity', '1')
  await expect(page.locator('.why span').nth(1)).toHaveCSS('opacity', '0')
  await tiles(page).first().click()
  await expect(page).toHaveURL(`/search/pictures/${first}?q=${WORD}`)
  await page.getByRole('dialog').getByRole('button', { name: 'Next picture' }).click()
  await expect(page).toHaveURL(`/search/pictures/${second}?q=${WORD}`)
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(`/search?q=${WORD}`)
  await expect(tiles(page).nth(1)).toBeFocused()
  await page.goBack()
  await expect(page).toHaveURL('/')
  await expect(field(page)).toHaveValue('')
})

test('a search that compares nothing says what it looks at', async ({ as }) => {
  const page = await as('ann')
  await page.route('**/api/search?q=*', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), exact: true } })
  })
  await page.keyboard.press('/')
  await page.keyboard.type(WORD)
  await page.keyboard.press('Enter')
  await expect(page.getByText('Only labels, descriptions and text')).toBeVisible()
})

test('suggestions are chosen by keys, and none by accident', async ({ as }) => {
  const page = await as('ann', '/trash')
  await page.route('**/api/search/words', (route) =>
    route.fulfill({
      json: {
        labels: [
          { name: 'Cat', pictures: 3 },
          { name: 'Polar Bear', pictures: 1 },
        ],
        cameras: [{ name: 'Fujifilm X100V', pictures: 2 }],
      },
    }),
  )
  await page.getByRole('link', { name: 'Pictures', exact: true }).click()
  await page.keyboard.press('/')
  const list = page.getByRole('listbox', { name: 'Suggestions' })
  await expect(list.getByRole('option')).toHaveCount(6)
  await expectAccessible(page)
  await page.keyboard.type('bea')
  await expect(list.getByRole('option')).toHaveText(['label:"Polar Bear"1 picture'])
  await page.keyboard.press('ArrowDown')
  await expect(list.getByRole('option', { selected: true })).toHaveCount(1)
  await expect(field(page)).toHaveAttribute('aria-activedescendant', 'suggestion-0')
  await page.keyboard.press('Enter')
  await expect(field(page)).toHaveValue('label:"Polar Bear" ')
  await page.keyboard.type('-label:c')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Tab')
  await expect(field(page)).toHaveValue('label:"Polar Bear" -label:Cat ')
  await page.keyboard.type('x1')
  await expect(list.getByRole('option')).toHaveText(['camera:"Fujifilm X100V"2 pictures'])
  await page.keyboard.press('Escape')
  await expect(list).toBeHidden()
  // What was typed is searched for, not what was suggested.
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/search\?q=label:/)
  await expect(page.getByRole('heading', { name: 'Nothing found for' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Remove the condition not Cat' }).click()
  await expect(field(page)).toHaveValue('label:"Polar Bear" x1')
  await page.getByRole('button', { name: 'Search without the conditions' }).click()
  await expect(page).toHaveURL('/search?q=x1')
})

test('a query that cannot be read says what is wrong with it', async ({ as }) => {
  const page = await as('ann', '/search?q=boat+after:yesterday')
  await expect(page.getByRole('heading', { name: 'This search cannot be read' })).toBeVisible()
  await expect(
    page.getByText('After must be a day, month or year, such as 2026-05, got yesterday'),
  ).toBeVisible()
  await expectAccessible(page)
})

test('pictures like one are found from the viewer and by its key', async ({ as }) => {
  const page = await as('ann', `/pictures/${ids[0]}`)
  await page.getByRole('dialog').getByRole('button', { name: 'More like this' }).click()
  await expect(page).toHaveURL(`/search?like=${ids[0]}`)
  await expect(page.getByRole('heading', { name: `Like ${COFFEE}` })).toBeVisible()
  await expect(page.getByText('the most similar first')).toBeVisible()
  await expect(page.locator(`[data-id="${ids[0]}"]`)).toHaveCount(0)
  await expectAccessible(page)
  await tiles(page).first().focus()
  await page.keyboard.press('m')
  await expect(page).not.toHaveURL(`/search?like=${ids[0]}`)
  await expect(page).toHaveURL(/\/search\?like=[0-9a-f]{32}$/)
})

test('a picture is dropped on the field and searched by, without being uploaded', async ({
  as,
}) => {
  const page = await as('ann')
  await expect(field(page)).toBeVisible()
  await drop(page, 'rocket.jpg')
  await expect(page).toHaveURL(/\/search\?example=[0-9a-f]{8}$/)
  await expect(page.getByRole('heading', { name: 'Like the picture you chose' })).toBeVisible()
  // Another flow may have uploaded the same sample.
  await expect(tiles(page).first()).toBeVisible()
  const first = await page
    .locator('.tile')
    .evaluateAll((all) => all.slice(0, 8).map((each) => (each as HTMLElement).dataset.id))
  expect(first).toContain(ids[1])
  await expect(page.getByRole('region', { name: 'Uploads' })).toHaveCount(0)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expectAccessible(page)
  }
  await page.reload()
  await expect(tiles(page).first()).toBeVisible()
  // The address alone has no picture.
  const other = await as('ann', new URL(page.url()).pathname + new URL(page.url()).search)
  await expect(other.getByRole('heading', { name: 'not here any more' })).toBeVisible()
})

test('a file is chosen to search by, and what no browser reads is refused', async ({ as }) => {
  const page = await as('ann')
  const files = page.locator('form[role=search] input[type=file]')
  await files.setInputFiles([{ name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('a') }])
  await expect(page.getByText('This browser cannot read the file')).toBeVisible()
  await expect(page).toHaveURL('/')
  await files.setInputFiles([picture('coffee.jpg')])
  await expect(page).toHaveURL(/\/search\?example=/)
  await expect(tiles(page).first()).toBeVisible()
})

test('a stage that compares no pictures says so', async ({ as }) => {
  const page = await as('ann')
  await page.route('**/api/search', (route) =>
    route.fulfill({
      status: 409,
      json: {
        code: 'conflict',
        message: 'pictures are not found by example here: the stage has no embedding',
      },
    }),
  )
  await drop(page, 'coffee.jpg')
  await expect(
    page.getByRole('heading', { name: 'Pictures are not found by example here' }),
  ).toBeVisible()
  await expectAccessible(page)
})

test('nobody finds the pictures of somebody else', async ({ as }) => {
  const word = `medlar${process.pid}`
  const [hidden] = await uploaded('rita', [picture('coffee.jpg', `hers-${process.pid}.jpg`)])
  await described('rita', hidden!, `A ${word}`)
  const rita = await as('rita', `/search?q=${word}`)
  await expect(rita.getByRole('link', { name: `A ${word}` })).toBeVisible()

  const page = await as('ann', `/search?q=${word}`)
  await expect(tiles(page).first()).toBeVisible()
  await expect(page.locator(`[data-id="${hidden}"]`)).toHaveCount(0)
  await drop(page, 'coffee.jpg')
  await expect(page).toHaveURL(/example=/)
  await expect(page.locator(`[data-id="${ids[0]}"]`)).toBeVisible()
  await expect(page.locator(`[data-id="${hidden}"]`)).toHaveCount(0)
  await page.goto(`/search?like=${hidden}`)
  await expect(page.getByRole('heading', { name: 'This picture does not exist' })).toBeVisible()
})

test('everything of a search is usable at 320 pixels', async ({ as }) => {
  const page = await as('ann', `/search?q=${WORD}`)
  await page.setViewportSize({ width: 320, height: 568 })
  await expect(tiles(page).first()).toBeVisible()
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
  await field(page).click()
  await expectAccessible(page)
})
