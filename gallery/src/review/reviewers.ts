/** Who else reviews at the same time, and whether they look at the same picture. */
import { shallowRef, type ShallowRef } from 'vue'
import { of, type Api } from '@/api/client'

const EVERY_MS = 30_000
/** Whoever walks through the queue tells of where they stop. */
const SOON_MS = 1500

export interface Reviewers {
  /** The pictures that the others look at; none in particular is null. */
  others: ShallowRef<(string | null)[]>
  /** Tell the others which picture is in view, now and from time to time. */
  look: (id: string | undefined) => void
  leave: () => void
}

export function reviewers(api: Api): Reviewers {
  const others = shallowRef<(string | null)[]>([])
  let at: string | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  async function tell(): Promise<void> {
    clearTimeout(timer)
    timer = setTimeout(tell, EVERY_MS)
    if (document.hidden) return
    try {
      others.value = (await of(api.POST('/api/review/reviewers', { body: { id: at } }))).others
    } catch {
      // A courtesy: the queue itself says what is wrong.
      others.value = []
    }
  }

  return {
    others,
    look(id) {
      at = id ?? null
      clearTimeout(timer)
      timer = setTimeout(tell, SOON_MS)
    },
    leave() {
      clearTimeout(timer)
      void of(api.POST('/api/review/reviewers', { body: { id: null }, keepalive: true })).catch(
        () => undefined,
      )
    },
  }
}
