/** Moving pictures to the trash from wherever they are seen, with a way back. */
import { useQueryClient } from '@tanstack/vue-query'
import { useHere } from '@/here'
import { complain, say } from '@/parts/toasts'
import { grid } from '@/pictures/neighbours'
import { words } from '@/words'
import { moves } from './moves'

export interface Away {
  /** Gone from the grid at once; `gone` and `back` are what people read. */
  toTrash: (ids: string[], gone: string, back: string) => Promise<void>
  restore: (ids: string[], back: string) => Promise<void>
}

export function useAway(): Away {
  const { api } = useHere()
  const queries = useQueryClient()
  const move = moves(api)

  async function look(ids: string[]): Promise<void> {
    await Promise.all([
      grid.value?.refresh(),
      queries.invalidateQueries({ queryKey: ['trash'] }),
      ...ids.map((id) => queries.invalidateQueries({ queryKey: ['picture', id] })),
    ])
  }

  async function toTrash(ids: string[], gone: string, back: string): Promise<void> {
    const unhide = grid.value?.hide(new Set(ids))
    let undone = false
    const removing = move.remove(ids)
    say(gone, {
      label: words.shell.undo,
      async run() {
        undone = true
        unhide?.()
        const { done } = await removing
        if (done.size) await restore([...done.keys()], back)
      },
    })
    const { done, failed } = await removing
    if (failed.size) complain([...failed.values()][0])
    if (!undone && done.size) await move.removed([...done.keys()])
    if (undone) return
    await look(ids)
    unhide?.()
  }

  async function restore(ids: string[], back: string): Promise<void> {
    const { done, failed } = await move.restore(ids)
    if (failed.size) complain([...failed.values()][0])
    if (!done.size) return
    say(back)
    await move.restored([...done.keys()])
    await look([...done.keys()])
  }

  return { toTrash, restore }
}
