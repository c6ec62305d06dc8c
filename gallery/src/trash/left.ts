const DAY_MS = 86_400_000

/** Days until a picture is gone, at least 0; undefined if nobody knows when it was deleted. */
export function daysLeft(
  deletedAt: string | null | undefined,
  retentionDays: number,
  now: number,
): number | undefined {
  if (!deletedAt) return undefined
  const gone = Date.parse(deletedAt) + retentionDays * DAY_MS
  return Math.max(0, Math.ceil((gone - now) / DAY_MS))
}
