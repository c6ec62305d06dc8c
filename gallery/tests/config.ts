import type { Config } from '@/config'

/** A stage without sizes on demand. */
export const CONFIG: Config = {
  issuer: '',
  client: '',
  signIn: '',
  stage: 'dev',
  renditions: {
    thumbnail: { width: 128, height: 128, fit: 'cover' },
    small: { width: 500, height: 500, fit: 'inside' },
    large: { width: 1600, height: 1600, fit: 'inside' },
    enhanced: { width: 1600, height: 1600, fit: 'inside' },
  },
  onDemand: null,
}

/** The same with them. */
export const SIZED: Config = {
  ...CONFIG,
  onDemand: {
    steps: [160, 240, 320, 640, 960, 1280, 1920, 2560, 3840],
    foci: ['centre', 'salient'],
    formats: ['avif', 'jpeg'],
  },
}
