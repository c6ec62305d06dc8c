/** What the program says about its stack, in `/config.json`. */
export interface Config {
  issuer: string
  client: string
  /** Where the pages to sign in are, without a slash at the end. */
  signIn: string
  stage: string
  /** The recipe's renditions by name, in its order; sizes are the boxes that they fit or fill. */
  renditions: Record<string, { width: number; height: number; fit: 'inside' | 'cover' }>
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch('/config.json', { cache: 'no-cache' })
  if (!response.ok) throw new Error(`config.json: ${response.status}`)
  return (await response.json()) as Config
}

/** The smallest rendition that shows the whole picture in at least `pixels` of its longer side,
 * else the largest; of several, the first of the recipe. */
export function renditionFor(config: Config, pixels: number): string {
  const whole = Object.entries(config.renditions)
    .filter(([, box]) => box.fit === 'inside')
    .map(([name, box]) => ({ name, side: Math.max(box.width, box.height) }))
    .sort((a, b) => a.side - b.side)
  const wanted = Math.min(pixels, whole.at(-1)?.side ?? 0)
  const fitting = whole.find(({ side }) => side >= wanted)
  return fitting?.name ?? Object.keys(config.renditions)[0] ?? ''
}
