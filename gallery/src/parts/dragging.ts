/** Files that are dragged over the page: more than one thing may take them. */
import { ref } from 'vue'

/** Whether files are over the page just now. */
export const dragging = ref(false)

/** Whether files go to an element that takes them itself, so that they are not uploaded. */
export function isTaken(event: DragEvent): boolean {
  return event.target instanceof Element && !!event.target.closest('[data-takes-files]')
}
