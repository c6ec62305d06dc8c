import { writeFileSync } from 'node:fs'
import type { Locator, Page, Route } from '@playwright/test'
import type { Schemas } from '../src/api/client'
import { expect, expectAccessible, expired, picture, test, type File } from './stack'

const ODD = 'ü ö 💥 ..jpg'
/** From another origin, as the store is. */
const CORS = { 'Access-Control-Allow-Origin': '*' }

function tray(page: Page): Locator {
  return page.getByRole('region', { name: 'Uploads' })
}

function line(page: Page, called: string): Locator {
  return tray(page).getByRole('listitem').filter({ hasText: called })
}

async function choose(page: Page, ...files: File[] | string[]): Promise<void> {
  await page.getByLabel('Choose files').setInputFiles(files as File[])
}

/** Have requests to the store go to `handler`, which may leave them to the store. */
async function atStore(page: Page, handler: (route: Route) => Promise<void>): Promise<void> {
  await page.route(
    () => true,
    (route) => (route.request().method() === 'PUT' ? handler(route) : route.fallback()),
  )
}

async function begun(page: Page, handler: (route: Route) => Promise<void>): Promise<void> {
  await page.route('**/api/uploads', handler)
}

function refused(route: Route, status: number, code: string, message: string): Promise<void> {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
  return route.fulfill({ status, body, contentType: 'application/xml', headers: CORS })
}

test('files are ready by and by, and those that cannot be say why', async ({ as }) => {
  const page = await as('ann', '/trash')
  const twin = picture('coffee.jpg', ODD)
  const copy = picture()
  const empty = { name: 'empty.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('') }
  const text = { name: 'text.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(`${Date.now()}`) }
  const notes = { name: 'notes.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF') }
  const again = { ...copy, name: 'again.jpg' }
  await choose(page, twin, picture('rocket.jpg', ODD), copy, empty, text, notes, again)
  await expect(line(page, 'empty.jpg')).toContainText('Not uploaded · The file is empty.')
  await expect(line(page, 'notes.pdf')).toContainText(
    'Only pictures can be uploaded, and this is application/pdf.',
  )
  await expect(line(page, 'again.jpg')).toContainText(`already in this upload: ${copy.name}`)
  await expectAccessible(page)
  await expect(line(page, ODD).filter({ hasText: 'Ready' })).toHaveCount(2, { timeout: 60_000 })
  await expect(line(page, 'text.jpg')).toContainText('Could not be read', { timeout: 60_000 })
  await expect(tray(page).getByRole('heading', { name: 'uploaded' })).toBeVisible()
  await expectAccessible(page)
  await line(page, copy.name).getByRole('link').click()
  await expect(page.getByRole('dialog', { name: copy.name })).toBeVisible()
  await page.keyboard.press('Escape')
  await tray(page).getByRole('button', { name: 'Remove done' }).click()
  await expect(tray(page)).toHaveCount(0)
})

test('what the API refuses is said of that file alone', async ({ as }) => {
  const page = await as('ann', '/trash')
  await begun(page, async (route) => {
    const response = await route.fetch()
    const { uploads } = (await response.json()) as Schemas['Uploads']
    const error = 'name must have no control characters, got something else'
    await route.fulfill({ response, json: { uploads: [{ error }, ...uploads.slice(1)] } })
  })
  const [first, second] = [picture(), picture()]
  await choose(page, first, second)
  await expect(line(page, first.name)).toContainText('Not uploaded · The name cannot be used')
  await expect(line(page, second.name)).toContainText('Ready', { timeout: 60_000 })
})

test('a used-up quota is said, and files go on when there is room @full', async ({ as }) => {
  const page = await as('ann', '/trash')
  await begun(page, (route) =>
    route.fulfill({ status: 429, json: { code: 'too_many', message: 'the limit is reached' } }),
  )
  await page.route('**/api/me', async (route) => {
    const response = await route.fetch()
    const me = (await response.json()) as Schemas['Me']
    await route.fulfill({ response, json: { ...me, used: me.limits } })
  })
  const file = picture()
  await choose(page, file)
  await expect(line(page, file.name)).toContainText(
    'Waiting for tomorrow · Your limit for today is reached',
  )
  await page.unroute('**/api/uploads')
  await page.unroute('**/api/me')
  await line(page, file.name)
    .getByRole('button', { name: `Retry ${file.name}` })
    .click()
  await expect(line(page, file.name)).toContainText('Ready', { timeout: 60_000 })
})

test('a gateway and a store that refuse for a moment are asked again', async ({ as }) => {
  const page = await as('ann', '/trash')
  const gateway = [429, 503]
  let signed = 0
  await begun(page, async (route) => {
    const status = gateway.shift()
    if (status) return route.fulfill({ status, json: { message: 'Too Many Requests' } })
    signed++
    return route.continue()
  })
  const store: [number, string, string][] = [
    [403, 'AccessDenied', 'Request has expired'],
    [503, 'SlowDown', 'Please reduce your request rate'],
  ]
  const reasons: string[] = []
  await atStore(page, async (route) => {
    const next = store.shift()
    if (!next) return route.continue()
    reasons.push(next[1])
    return refused(route, ...next)
  })
  const file = picture()
  await choose(page, file)
  await expect(line(page, file.name)).toContainText(
    'The store refused the file: Request has expired',
  )
  await expect(line(page, file.name)).toContainText('Ready', { timeout: 60_000 })
  expect(reasons).toEqual(['AccessDenied', 'SlowDown'])
  // The store's pause needs no new signature, and an expired one does.
  expect(signed).toBe(2)
})

test('what has failed is retried, one file or all of them', async ({ as }) => {
  const page = await as('ann', '/trash')
  let broken = true
  await atStore(page, (route) =>
    broken ? refused(route, 400, 'InvalidArgument', 'No such thing') : route.continue(),
  )
  const files = [picture(), picture(), picture()]
  await choose(page, ...files)
  for (const { name } of files)
    await expect(line(page, name)).toContainText('Failed · The store refused the file: No such')
  await expectAccessible(page)
  broken = false
  const first = line(page, files[0]!.name)
  await first.getByRole('button', { name: 'Retry' }).click()
  await expect(first).toContainText('Ready', { timeout: 60_000 })
  await expect(line(page, files[1]!.name)).toContainText('Failed')
  await tray(page).getByRole('button', { name: 'Retry all failed' }).click()
  for (const { name } of files)
    await expect(line(page, name)).toContainText('Ready', { timeout: 60_000 })
})

test('a large file goes in parts @full', async ({ as }) => {
  const page = await as('ann', '/trash')
  const file = picture()
  const parts: string[] = []
  await atStore(page, async (route) => {
    parts.push(new URL(route.request().url()).searchParams.get('partNumber') ?? '')
    return route.continue()
  })
  const buffer = Buffer.concat([file.buffer, Buffer.alloc(22_000_000)])
  await choose(page, { ...file, buffer })
  await expect(line(page, file.name)).toContainText('Ready', { timeout: 80_000 })
  expect(new Set(parts).size).toBeGreaterThan(1)
  expect(parts).not.toContain('')
})

test('a lost connection stops an upload, and its return continues it', async ({ as }) => {
  const page = await as('ann', '/trash')
  const sent = Promise.withResolvers<void>()
  const cut = Promise.withResolvers<void>()
  let online = false
  await atStore(page, async (route) => {
    if (online) return route.continue()
    sent.resolve()
    await cut.promise
    return route.abort('internetdisconnected')
  })
  const file = picture()
  await choose(page, file)
  await sent.promise
  await page.context().setOffline(true)
  cut.resolve()
  await expect(
    tray(page).getByRole('heading', { name: 'Waiting for the connection' }),
  ).toBeVisible()
  await expect(page.getByText('You are offline. Uploads continue')).toBeVisible()
  online = true
  await page.context().setOffline(false)
  await expect(line(page, file.name)).toContainText('Ready', { timeout: 60_000 })
})

/** The store takes nothing from the page until the returned function is called. */
async function stuck(page: Page): Promise<() => void> {
  const free = Promise.withResolvers<void>()
  await atStore(page, async (route) => {
    await free.promise
    await route.continue()
  })
  return free.resolve
}

test('leaving warns while files are on their way, and a reload says what is unfinished', async ({
  as,
}, info) => {
  const page = await as('ann', '/trash')
  // From disk, for a file that is chosen again is known by when it was changed.
  const [done, cut] = [picture(), picture('rocket.jpg')].map(({ name, buffer }) => {
    const path = info.outputPath(name)
    writeFileSync(path, buffer)
    return { name, path }
  }) as [{ name: string; path: string }, { name: string; path: string }]
  await choose(page, done.path)
  await expect(line(page, done.name)).toContainText(/Sent|Received|Being looked at|Ready/)
  await atStore(page, async () => undefined)
  await choose(page, cut.path)
  await expect(line(page, cut.name)).toContainText('% sent')
  // Browsers ask only those who have used the page.
  await tray(page).getByRole('button', { name: 'Collapse' }).click()
  const asked = page.waitForEvent('dialog')
  void page.close({ runBeforeUnload: true })
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.dismiss()
  await expect(tray(page)).toBeVisible()
  page.once('dialog', (each) => void each.accept())
  await page.reload()
  await page.unrouteAll()
  await expect(tray(page)).toContainText('Unfinished when this page was closed: 1 file.')
  await expect(line(page, cut.name)).toContainText('Interrupted')
  await expectAccessible(page)
  await expect(line(page, done.name)).toContainText('Ready', { timeout: 60_000 })
  await choose(page, cut.path)
  await expect(line(page, cut.name)).toContainText('Ready', { timeout: 60_000 })
  await expect(tray(page).getByRole('listitem')).toHaveCount(2)
})

test('an expired sign-in stops an upload, and signing in again continues it', async ({ as }) => {
  const page = await as('ann', '/trash')
  const signInAgain = await expired(page, 'ann')
  const file = picture()
  await choose(page, file)
  const waiting = tray(page).getByRole('heading', { name: 'Waiting for you to sign in' })
  await expect(waiting).toBeVisible()
  await signInAgain()
  await expect(waiting).toBeHidden()
  await expect(line(page, file.name)).toContainText('Ready', { timeout: 60_000 })
})

test('a spent budget is said, and the tray stays wherever the person goes @full', async ({
  as,
}) => {
  const page = await as('ann')
  await page.route('**/api/me', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), paused: true } })
  })
  await page.reload()
  await expect(page.getByText("Today's budget is spent. New pictures are stored")).toBeVisible()
  const free = await stuck(page)
  const file = picture()
  await choose(page, file)
  await expect(tray(page)).toContainText('Today’s budget is spent: pictures are stored')
  await page.getByRole('link', { name: 'Trash' }).click()
  await expect(page).toHaveURL('/trash')
  await expect(line(page, file.name)).toContainText('% sent')
  free()
  await page.getByRole('link', { name: 'Pictures', exact: true }).click()
  await expect(line(page, file.name)).toContainText('Ready', { timeout: 60_000 })
})

test('new pictures wait behind a button, and an empty library shows them at once @full', async ({
  as,
}) => {
  const page = await as('ann')
  await expect(page.locator('.tile').first()).toBeVisible()
  const [first, second] = [picture(), picture()]
  const shown = (called: string): Locator =>
    page.locator('.grid').getByRole('link', { name: called })
  await choose(page, first)
  const fresh = page.getByRole('button', { name: '1 new: show by date' })
  await expect(fresh).toBeVisible({ timeout: 60_000 })
  await expect(shown(first.name)).toHaveCount(0)
  await fresh.click()
  await expect(shown(first.name)).toBeVisible()
  await page.route('**/api/pictures/dates*', (route) =>
    route.fulfill({ json: { days: [], cursor: null } }),
  )
  await page.reload()
  await expect(page.getByRole('heading', { name: 'No pictures yet' })).toBeVisible()
  await expectAccessible(page)
  await page.unroute('**/api/pictures/dates*')
  await choose(page, second)
  await expect(shown(second.name)).toBeVisible({ timeout: 60_000 })
  await expect(fresh).toHaveCount(0)
})
