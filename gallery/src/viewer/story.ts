/** What happened to a picture, and why, in words. */
import type { Picture } from '@/api/client'
import { words } from '@/words'

export interface Step {
  at: string
  name: string
  /** How long it took; empty if nobody measured it. */
  took: string
  /** What it cost; empty if nothing was paid for it. */
  cost: string
}

const UNITS: [ms: number, unit: string][] = [
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
  [1, 'ms'],
]

/** `340 ms`, `4.2 s`, `12 min`. */
export function duration(ms: number): string {
  const [one, unit] = UNITS.find(([least]) => ms >= least) ?? [1, 'ms']
  const amount = ms / one
  const digits = unit !== 'ms' && amount < 10 ? 1 : 0
  return `${amount.toLocaleString('en', { maximumFractionDigits: digits })} ${unit}`
}

const DOLLARS = new Intl.NumberFormat('en', {
  style: 'currency',
  currency: 'USD',
  maximumSignificantDigits: 2,
})
/** What the renditions were paid with; everything else was paid for the analysis. */
const OF_RENDITIONS = ['resize', 'renditions']

/** The sum of costs that pass, as `$0.0029`; empty for nothing. */
function dollars(picture: Picture, passes: (name: string) => boolean = () => true): string {
  const sum = Object.entries(picture.costs ?? {})
    .filter(([name]) => passes(name))
    .reduce((added, [, usd]) => added + usd, 0)
  return sum ? DOLLARS.format(sum) : ''
}

/** The costs are those of the version: they stand beside the last time that each was made. */
export function steps(picture: Picture): Step[] {
  const costs: Record<string, string> = {
    rendered: dollars(picture, (name) => OF_RENDITIONS.includes(name)),
    analysed: dollars(picture, (name) => !OF_RENDITIONS.includes(name)),
  }
  return picture.timeline.map(({ stage, at, ms }, place, all) => ({
    at,
    name: words.viewer.stages[stage] ?? stage,
    took: ms ? duration(ms) : '',
    cost: all.slice(place + 1).some((later) => later.stage === stage) ? '' : (costs[stage] ?? ''),
  }))
}

/** What the version cost; empty for nothing. */
export function costInAll(picture: Picture): string {
  return dollars(picture)
}

/** How long the picture took from its arrival until it was ready; empty if it is not. */
export function tookInAll(picture: Picture): string {
  if (picture.status !== 'ready') return ''
  const from = picture.timeline.findLast(({ stage }) => stage === 'received')
  const to = picture.timeline
    .slice(picture.timeline.indexOf(from!) + 1)
    .findLast(({ stage }) => ['rendered', 'analysed', 'decided'].includes(stage))
  return from && to ? duration(Date.parse(to.at) - Date.parse(from.at)) : ''
}
