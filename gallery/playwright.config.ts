import { defineConfig } from '@playwright/test'

/** `python -m proofs.browser` starts a stack and sets these. */
const { PAGE, CHROMIUM, SMALL } = process.env

export default defineConfig({
  testDir: 'browser',
  outputDir: '../.darkroom/browser/results',
  // Two cores run the stack as well.
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  ...(SMALL ? { grepInvert: /@full/ } : {}),
  reporter: [['list']],
  use: {
    baseURL: PAGE ?? '',
    locale: 'en-GB',
    timezoneId: 'Europe/Zurich',
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    launchOptions: CHROMIUM ? { executablePath: CHROMIUM } : {},
  },
})
