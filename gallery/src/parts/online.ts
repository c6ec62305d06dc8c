import { onBeforeUnmount, readonly, ref, type Ref } from 'vue'

/** Whether the browser has a network at all. */
export function useOnline(): Readonly<Ref<boolean>> {
  const online = ref(navigator.onLine)
  const look = (): void => void (online.value = navigator.onLine)
  addEventListener('online', look)
  addEventListener('offline', look)
  onBeforeUnmount(() => {
    removeEventListener('online', look)
    removeEventListener('offline', look)
  })
  return readonly(online)
}

/** Whether anything may be loaded that nobody has asked for yet: there is a network, and people do
 * not save data. */
export function mayLoadAhead(): boolean {
  const { connection, onLine }: { connection?: { saveData?: boolean } } & Navigator = navigator
  return onLine && !connection?.saveData
}
