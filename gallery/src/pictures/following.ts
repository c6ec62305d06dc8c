/** How far pictures are that the pipeline is working on. */
import { watch, type Ref } from 'vue'
import { of, type Api, type Row } from '@/api/client'
import { pauseMs } from '@/parts/progress'

const MOST = 100

/** Ask for the states of `rows` until none has changed for a while, with growing pauses, and not
 * while the page is hidden; reports those that changed. Returns how to stop. */
export function followUnsettled(
  api: Api,
  rows: Readonly<Ref<Row[]>>,
  report: (changed: Row[]) => void,
): () => void {
  let attempt = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function look(): Promise<void> {
    const asked = rows.value.slice(0, MOST)
    if (asked.length && !document.hidden)
      try {
        const ids = asked.map(({ id }) => id).join(',')
        const { pictures } = await of(api.GET('/api/status', { params: { query: { ids } } }))
        const now = new Map(pictures.map(({ id, status }) => [id, status]))
        const changed = asked.filter(({ id, status }) => now.get(id) !== status)
        if (changed.length) {
          attempt = 0
          report(changed)
        }
      } catch {
        // The next look finds the same out.
      }
    plan()
  }

  function plan(): void {
    clearTimeout(timer)
    if (!rows.value.length) return
    timer = setTimeout(look, pauseMs(attempt++))
  }

  function seen(): void {
    if (document.hidden) return
    attempt = 0
    plan()
  }

  const stop = watch(
    () => rows.value.map(({ id }) => id).join(),
    () => {
      attempt = 0
      plan()
    },
    { immediate: true },
  )
  document.addEventListener('visibilitychange', seen)
  return () => {
    stop()
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', seen)
  }
}
