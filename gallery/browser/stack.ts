/** What the flows share: two people who sign in, pictures, and the check of every view. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test as base, expect, type BrowserContext, type Page } from '@playwright/test'

export { expect }

export type Person = 'ann' | 'rita'

interface Fixtures {
  /** The page of somebody who has signed in, in a browser of their own. */
  as: (person: Person, path?: string) => Promise<Page>
}

export const test = base.extend<Fixtures>({
  as: async (
    { browser, contextOptions, viewport, deviceScaleFactor, colorScheme, baseURL },
    use,
  ) => {
    const contexts: BrowserContext[] = []
    const errors: string[] = []
    await use(async (person, path = '/') => {
      const context = await browser.newContext({
        ...contextOptions,
        viewport,
        colorScheme,
        ...(deviceScaleFactor ? { deviceScaleFactor } : {}),
        ...(baseURL ? { baseURL } : {}),
      })
      contexts.push(context)
      const page = await context.newPage()
      page.on('pageerror', (error) => errors.push(`${error}`))
      await signIn(page, person, path)
      return page
    })
    for (const context of contexts) await context.close()
    expect(errors).toEqual([])
  },
})

export async function signIn(page: Page, person: Person, path = '/'): Promise<void> {
  await page.goto(path)
  await page.getByRole('button', { name: person }).click()
  await expect(page.getByRole('button', { name: 'Account' })).toBeVisible()
}

/** Have every token of the page refused from now on; returns how the person signs in again. */
export async function expired(page: Page, person: Person): Promise<() => Promise<void>> {
  await page.route('**/api/**', (route) =>
    route.fulfill({ status: 401, json: { message: 'The incoming token has expired' } }),
  )
  await page.route('**/oauth2/token', (route) =>
    route.fulfill({ status: 400, json: { error: 'invalid_grant' } }),
  )
  return async () => {
    await page.unroute('**/api/**')
    await page.unroute('**/oauth2/token')
    await page.context().clearCookies()
    const [window] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Sign in again' }).first().click(),
    ])
    await window.getByRole('button', { name: person }).click()
  }
}

const SAMPLES = new URL('../../samples/', import.meta.url)

export interface File {
  name: string
  mimeType: string
  buffer: Buffer
}

let made = 0

/** A sample under a name that no other flow has, and with bytes of its own. */
export function picture(sample = 'coffee.jpg', name?: string): File {
  made++
  const called = name ?? `${sample.replace(/\..*/, '')}-${process.pid}-${made}.jpg`
  const bytes = readFileSync(new URL(sample, SAMPLES))
  return {
    name: called,
    mimeType: 'image/jpeg',
    buffer: Buffer.concat([bytes, Buffer.from(`${Date.now()} ${made}`)]),
  }
}

/** A picture as large as that: a sample many times, side by side. */
export async function wall(
  page: Page,
  called: string,
  width: number,
  height: number,
): Promise<File> {
  const sample = picture('coffee.jpg', called)
  const base64 = await page.evaluate(
    async ([sample, width, height]) => {
      const bytes = Uint8Array.from(atob(sample), (each) => each.charCodeAt(0))
      const tile = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }))
      const canvas = new OffscreenCanvas(width, height)
      const context = canvas.getContext('2d')!
      context.fillStyle = context.createPattern(tile, 'repeat')!
      context.fillRect(0, 0, width, height)
      const reader = new FileReader()
      reader.readAsDataURL(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 }))
      await new Promise((done) => (reader.onload = done))
      return String(reader.result).replace(/^.*,/, '')
    },
    [sample.buffer.toString('base64'), width, height] as const,
  )
  // Bytes of its own, as two pictures of the same would be copies.
  return { ...sample, buffer: Buffer.concat([Buffer.from(base64, 'base64'), Buffer.from(called)]) }
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf-8')

interface Violation {
  id: string
  nodes: { target: unknown[]; failureSummary?: string }[]
}

interface Axe {
  run: () => Promise<{ violations: Violation[] }>
}

/** The page has no accessibility problem that axe finds. */
export async function expectAccessible(page: Page): Promise<void> {
  // Not as a script element, which the page's policy refuses.
  await page.evaluate(AXE)
  const found = await page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: Axe }).axe.run()
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
    )
  })
  expect(found).toEqual([])
}
