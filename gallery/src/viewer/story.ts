/** What happened to a picture, and why, in words. */
import type { Picture } from '@/api/client'
import { words } from '@/words'

export interface Step {
  at: string
  name: string
  /** How long it took; empty if nobody measured it. */
  took: string
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

export function steps(picture: Picture): Step[] {
  return picture.timeline.map(({ stage, at, ms }) => ({
    at,
    name: words.viewer.stages[stage] ?? stage,
    took: ms ? duration(ms) : '',
  }))
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
