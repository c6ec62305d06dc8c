import { expect, expectAccessible, test } from './stack'

for (const colorScheme of ['light', 'dark'] as const)
  test.describe(colorScheme, () => {
    test.use({ colorScheme })

    test('signing in is accessible', async ({ page }) => {
      await page.goto('/')
      await expect(page.getByRole('button', { name: 'ann' })).toBeVisible()
      await expectAccessible(page)
    })

    test('a library without pictures says what to do', async ({ as }) => {
      const page = await as('ann', '/?label=nothing-has-this')
      await expect(page.getByRole('heading', { name: 'No picture matches' })).toBeVisible()
      await expectAccessible(page)
    })

    test('an address that does not exist leads back', async ({ as }) => {
      const page = await as('ann', '/nowhere')
      await page.getByRole('link', { name: 'Show all pictures' }).click()
      await expect(page).toHaveURL('/')
    })
  })
