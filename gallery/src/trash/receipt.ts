/** One receipt for everything that was deleted for good at once. */
import type { Receipt } from './moves'

export interface Total {
  pictures: number
  versions: number
  bytes: number
  previews: number
  looks: number
  vectors: number
  at: string
  /** What may remain, and until when for the last of them. */
  survives: [string, string][]
}

export function totalOf(receipts: Receipt[]): Total {
  const sum = (name: 'versions' | 'bytes' | 'previews' | 'looks' | 'vectors'): number =>
    receipts.reduce((total, each) => total + each[name], 0)
  const survives = new Map<string, string>()
  for (const receipt of receipts)
    for (const [what, until] of Object.entries(receipt.survives))
      if (until > (survives.get(what) ?? '')) survives.set(what, until)
  return {
    pictures: receipts.length,
    versions: sum('versions'),
    bytes: sum('bytes'),
    previews: sum('previews'),
    looks: sum('looks'),
    vectors: sum('vectors'),
    at: receipts.reduce((latest, { at }) => (at > latest ? at : latest), ''),
    survives: [...survives],
  }
}
