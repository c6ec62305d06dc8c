/** How far pictures are, and when to ask again. */
import type { Status } from '@/api/client'

/** Whether the pipeline still works on the picture. */
export function isUnderWay(status: Status | undefined): boolean {
  return status === 'received' || status === 'processing'
}

const PAUSES_MS = [1000, 2000, 4000, 10_000]

/** The pause before asking once more, after `attempt` times without news. */
export function pauseMs(attempt: number): number {
  return PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)]!
}
