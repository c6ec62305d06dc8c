/** What the program says about its stack, in `/config.json`. */
export interface Config {
  issuer: string
  client: string
  /** Where the pages to sign in are, without a slash at the end. */
  signIn: string
  stage: string
  /** The recipe's renditions by name, in its order; sizes are the boxes that they fit or fill. */
  renditions: Record<string, { width: number; height: number; fit: 'inside' | 'cover' }>
  /** What sizes on demand are asked for with; null where there are none that this page may ask for. */
  onDemand: OnDemand | null
}

export interface OnDemand {
  /** Pixels of a side, ascending. */
  steps: number[]
  /** What a crop may keep. */
  foci: ('centre' | 'salient' | 'faces')[]
  formats: ('avif' | 'jpeg' | 'webp')[]
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch('/config.json', { cache: 'no-cache' })
  if (!response.ok) throw new Error(`config.json: ${response.status}`)
  return (await response.json()) as Config
}

/** The smallest rendition that shows the whole picture in at least `pixels` of its longer side,
 * else the largest; of several, the first of the recipe. */
export function renditionFor(config: Config, pixels: number): string {
  const whole = wholes(config)
  const wanted = Math.min(pixels, whole.at(-1)?.side ?? 0)
  const fitting = whole.find(({ side }) => side >= wanted)
  return fitting?.name ?? Object.keys(config.renditions)[0] ?? ''
}

/** How much smaller or larger than wanted a rendition may be before another is made on demand: that
 * costs money and time once, what is too large costs bytes at each look. */
const LEAST = 0.85
const MOST = 1.5

/** The name under which so many pixels of the longer side are shown, never more than the picture's
 * `own`: a rendition that was made ahead if one is about as large, else a step of the ladder. */
export function sizeFor(config: Config, pixels: number, own: number): string {
  const made = renditionFor(config, pixels)
  const steps = config.onDemand?.steps
  if (!steps?.length) return made
  const wanted = Math.min(pixels, own)
  const whole = wholes(config).map(({ name, side }) => ({ name, side: Math.min(side, own) }))
  const near = whole.find(({ side }) => side >= wanted * LEAST && side <= wanted * MOST)
  if (near) return near.name
  const step = steps.find((each) => each >= wanted) ?? steps.at(-1)!
  const largest = whole.at(-1)?.side ?? 0
  const least = whole.find(({ side }) => side >= wanted)?.side
  return (least ? step >= wanted && step < least : step > largest) ? `${step}` : made
}

/** The renditions that show the whole picture, with their longer side, ascending. */
function wholes(config: Config): { name: string; side: number }[] {
  return Object.entries(config.renditions)
    .filter(([, box]) => box.fit === 'inside')
    .map(([name, box]) => ({ name, side: Math.max(box.width, box.height) }))
    .sort((a, b) => a.side - b.side)
}
