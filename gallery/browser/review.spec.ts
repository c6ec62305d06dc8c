import { call, uploaded } from './pipeline'
import { expect, expectAccessible, picture, test } from './stack'

const DARK = 'hubble.jpg'

function names(prefix: string): string[] {
  return [1, 2, 3].map((number) => `${prefix}-${number}.jpg`)
}

/** Pictures that wait, after their notices: a verdict on what changed since is refused. */
async function held(prefix: string): Promise<string[]> {
  const ids = await uploaded(
    'ann',
    names(prefix).map((name) => picture(DARK, name)),
    'held',
  )
  await expect
    .poll(() => Promise.all(ids.map(isNotified)), { timeout: 60_000 })
    .not.toContain(false)
  return ids
}

async function isNotified(id: string): Promise<boolean> {
  const { timeline } = await call<{ timeline: { stage: string }[] }>('rita', `/api/pictures/${id}`)
  return timeline.some(({ stage }) => stage === 'notified')
}

async function statuses(ids: string[]): Promise<string[]> {
  const { pictures } = await call<{ pictures: { status: string }[] }>(
    'rita',
    `/api/status?ids=${ids.join(',')}`,
  )
  return pictures.map(({ status }) => status)
}

test('held pictures are approved and rejected by a key each, and the owner learns of it', async ({
  as,
}) => {
  const ids = await held('review')
  const page = await as('rita', `/review?at=${ids[0]}`)
  await expect(page.getByRole('heading', { name: 'review-1.jpg' })).toBeVisible()
  await expect(page.getByRole('row', { name: /Brightness at least 10/ })).toBeVisible()
  await expect(page.getByText('Today’s policy would hold it again')).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.press('a')
  await page.goto(`/review?at=${ids[1]}`)
  await expect(page.getByRole('heading', { name: 'review-2.jpg' })).toBeVisible()
  await page.keyboard.press('2')
  await page.keyboard.press('r')
  await expect.poll(() => statuses(ids), { timeout: 40_000 }).toEqual(['ready', 'rejected', 'held'])
  const ann = await as('ann', `/pictures/${ids[1]}?panel=1`)
  await expect(ann.getByText('A reviewer decided so')).toBeVisible()
  await expect(ann.getByText('Too dark')).toBeVisible()
})

test('a reviewer sees who else reviews, and that they look at the same picture', async ({ as }) => {
  const [first, second] = await held('beside')
  const page = await as('rita', `/review?at=${first}`)
  await expect(page.getByRole('heading', { name: 'beside-1.jpg' })).toBeVisible()
  await expect(page.getByText('else is')).toHaveCount(0)
  let told: unknown
  await page.route('**/api/review/reviewers', async (route) => {
    told = route.request().postDataJSON()
    await route.fulfill({ json: { others: [second, null] } })
  })
  await page.getByRole('button', { name: 'Show beside-2.jpg' }).click()
  await expect(page.getByText('2 others are reviewing')).toBeVisible()
  await expect(page.getByText('Somebody else is looking at this picture too.')).toBeVisible()
  expect(told).toEqual({ id: second })
  await expectAccessible(page)
})

test('a verdict is undone before it is sent, and the picture is in front again', async ({ as }) => {
  const ids = await held('undone')
  const page = await as('rita', `/review?at=${ids[0]}`)
  await expect(page.getByRole('heading', { name: 'undone-1.jpg' })).toBeVisible()
  await page.keyboard.press('r')
  await expect(page.getByRole('heading', { name: 'undone-1.jpg' })).toHaveCount(0)
  await page.keyboard.press('u')
  await expect(page.getByRole('heading', { name: 'undone-1.jpg' })).toBeVisible()
  await page.waitForTimeout(6000)
  expect(await statuses([ids[0]!])).toEqual(['held'])
})

test('a verdict that was sent is undone by another @full', async ({ as }) => {
  const ids = await held('again')
  const page = await as('rita', `/review?at=${ids[0]}`)
  await expect(page.getByRole('heading', { name: 'again-1.jpg' })).toBeVisible()
  await page.keyboard.press('r')
  await expect.poll(() => statuses([ids[0]!]), { timeout: 40_000 }).toEqual(['rejected'])
  await page.keyboard.press('u')
  await expect(page.getByRole('heading', { name: 'again-1.jpg' })).toBeVisible()
  await page.keyboard.press('a')
  await expect.poll(() => statuses([ids[0]!]), { timeout: 60_000 }).toEqual(['ready'])
})

test('pictures with the same reason are decided together', async ({ as }) => {
  const ids = await held('many')
  const page = await as('rita', '/review?view=reasons')
  for (const name of names('many')) await page.getByRole('button', { name }).click()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Approve 3 pictures' }).click()
  await expect.poll(() => statuses(ids), { timeout: 60_000 }).toEqual(['ready', 'ready', 'ready'])
})

test('verdicts that do not arrive stay, and are sent again @full', async ({ as }) => {
  const ids = await held('offline')
  const page = await as('rita', `/review?at=${ids[0]}`)
  await expect(page.getByRole('heading', { name: 'offline-1.jpg' })).toBeVisible()
  await page.route('**/api/verdicts', (route) => route.abort())
  await page.keyboard.press('a')
  await expect(page.getByRole('alert')).toContainText('1 verdict not sent yet')
  await page.unroute('**/api/verdicts')
  await page.getByRole('button', { name: 'Send again' }).click()
  await expect.poll(() => statuses([ids[0]!]), { timeout: 40_000 }).toEqual(['ready'])
})
