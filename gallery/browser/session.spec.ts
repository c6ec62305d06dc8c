import { uploaded } from './pipeline'
import { expect, expired, picture, test } from './stack'

test('signing in leads back to where the person wanted to go', async ({ as }) => {
  const page = await as('ann', '/?label=Cat&-label=Dog')
  await expect(page).toHaveURL('/?label=Cat&-label=Dog')
  await expect(page.getByRole('button', { name: 'Remove the filter not Dog' })).toBeVisible()
})

test('a reload keeps the person signed in, and nothing of it in storage', async ({ as }) => {
  const page = await as('ann')
  await page.reload()
  await expect(page.getByRole('button', { name: 'Account' })).toBeVisible()
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
  )
  expect(kept).not.toContain('eyJ')
})

test('whoever signs out is asked who they are @full', async ({ as }) => {
  const page = await as('ann')
  await page.getByRole('button', { name: 'Account' }).click()
  await expect(page.getByText('ann@example.org')).toBeVisible()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('button', { name: 'rita' })).toBeVisible()
})

test('two people do not see each other’s pictures, but a reviewer sees all', async ({ as }) => {
  const [mine] = await uploaded('ann', [picture('coffee.jpg', 'of-ann.jpg')])
  const [theirs] = await uploaded('rita', [picture('coffee.jpg', 'of-rita.jpg')])
  const ann = await as('ann')
  await expect(ann.getByRole('link', { name: 'of-ann.jpg' })).toBeVisible()
  await expect(ann.getByRole('link', { name: 'of-rita.jpg' })).toHaveCount(0)
  await ann.goto(`/pictures/${theirs}`)
  await expect(ann.getByRole('heading', { name: 'This picture does not exist' })).toBeVisible()
  await expect(ann.getByRole('link', { name: 'Review', exact: true })).toHaveCount(0)
  const rita = await as('rita', `/pictures/${mine}`)
  await expect(rita.getByRole('dialog', { name: 'of-ann.jpg' })).toBeVisible()
})

test('an owner is told that reviewing is not for them', async ({ as }) => {
  const page = await as('ann', '/review')
  await expect(page.getByRole('heading', { name: 'Only reviewers see this page' })).toBeVisible()
})

test('an expired sign-in is said, and mended without leaving the page', async ({ as }) => {
  const page = await as('ann', '/trash')
  const notice = page.getByText('Your sign-in has expired. Nothing is lost')
  const signInAgain = await expired(page, 'ann')
  await page.getByRole('link', { name: 'Pictures', exact: true }).click()
  await expect(notice).toBeVisible()
  await signInAgain()
  await expect(notice).toBeHidden()
  await expect(page).toHaveURL('/')
})

test('somebody else’s sign-in in the same window begins the page anew @full', async ({ as }) => {
  const page = await as('ann')
  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'rita' }).click()
  await expect(page.getByRole('link', { name: 'Review', exact: true })).toBeVisible()
})

test('a sign-in that fails says so and can be repeated', async ({ page }) => {
  await page.goto('/?error=access_denied&error_description=No&state=unknown')
  await expect(page.getByRole('heading', { name: 'Signing in failed' })).toBeVisible()
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('button', { name: 'ann' })).toBeVisible()
})
