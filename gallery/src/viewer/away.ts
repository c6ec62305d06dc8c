/** Moving a picture to the trash from the viewer, with a way back. */
import { useQueryClient } from '@tanstack/vue-query'
import { inject } from 'vue'
import { useHere } from '@/here'
import { complain, say } from '@/parts/toasts'
import { NEIGHBOURS } from '@/pictures/neighbours'
import { remove, restore } from '@/pictures/removal'
import { settled } from '@/trash/moves'
import { words } from '@/words'

export interface Away {
  /** Gone from the grid at once. */
  toTrash: (id: string, name: string) => Promise<void>
  back: (id: string, name: string) => Promise<void>
}

export function useAway(): Away {
  const { api } = useHere()
  const queries = useQueryClient()
  const grid = inject(NEIGHBOURS, undefined)

  async function look(id: string): Promise<void> {
    grid?.value?.changed([id])
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['trash'] }),
      queries.invalidateQueries({ queryKey: ['picture', id] }),
    ])
  }

  async function toTrash(id: string, name: string): Promise<void> {
    const unhide = grid?.value?.hide(id)
    const removing = remove(api, [id])
    let undone = false
    say(words.viewer.deleted(name), {
      label: words.shell.undo,
      async run() {
        undone = true
        unhide?.()
        const { done } = await removing
        if (done.length) await back(id, name)
      },
    })
    const { failed, problem } = await removing
    if (failed.length) {
      unhide?.()
      return complain(problem)
    }
    await settled(api, [id], 'in the trash')
    if (!undone) await look(id)
  }

  async function back(id: string, name: string): Promise<void> {
    const { failed, problem } = await restore(api, [id])
    if (failed.length) return complain(problem)
    say(words.viewer.restored(name))
    await settled(api, [id], 'out of it')
    await look(id)
  }

  return { toTrash, back }
}
