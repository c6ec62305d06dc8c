/** Moving pictures to the trash from where they are listed, with a way back. */
import { useQueryClient } from '@tanstack/vue-query'
import type { Ref } from 'vue'
import { useHere } from '@/here'
import { complain, say } from '@/parts/toasts'
import type { Neighbours } from '@/pictures/neighbours'
import { remove, restore } from '@/pictures/removal'
import { counted, words } from '@/words'
import { settled } from './moves'

export interface Away {
  /** Gone from the grid at once. One picture is called by its name. */
  toTrash: (ids: string[], name?: string) => Promise<void>
  back: (ids: string[], name?: string) => Promise<void>
}

export function useAway(grid: Readonly<Ref<Neighbours | undefined>> | undefined): Away {
  const { api } = useHere()
  const queries = useQueryClient()

  async function look(ids: string[]): Promise<void> {
    grid?.value?.changed(ids)
    await queries.invalidateQueries({ queryKey: ['trash'] })
    for (const id of ids) void queries.invalidateQueries({ queryKey: ['picture', id] })
  }

  async function toTrash(ids: string[], name?: string): Promise<void> {
    let unhide = grid?.value?.hide(ids)
    const removing = remove(api, ids)
    let undone = false
    say(words.trash.moved(name ?? counted(ids.length, 'picture')), {
      label: words.shell.undo,
      async run() {
        undone = true
        unhide?.()
        const { done } = await removing
        if (done.length) await back(done, name)
      },
    })
    const { done, failed, problem } = await removing
    if (failed.length) {
      complain(problem)
      unhide?.()
      if (!undone) unhide = grid?.value?.hide(done)
    }
    await settled(api, done, 'in the trash')
    if (!undone) await look(done)
  }

  async function back(ids: string[], name?: string): Promise<void> {
    const { done, failed, problem } = await restore(api, ids)
    if (failed.length) complain(problem)
    if (!done.length) return
    say(words.trash.comesBack(name ?? counted(done.length, 'picture')))
    await settled(api, done, 'out of it')
    await look(done)
  }

  return { toTrash, back }
}
