import { defineConfig } from '@playwright/test'

/** `python -m proofs.browser` starts a stack and sets these. */
const { PAGE, CHROMIUM, SMALL } = process.env

export default defineConfig({
  testDir: 'browser',
  outputDir: '../.darkroom/browser/results',
  // Two cores run the stack as well.
  workers: 1,
  // A busy machine can be too slow for one flow; one that needed its second attempt is listed as flaky.
  retries: SMALL ? 1 : 0,
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
