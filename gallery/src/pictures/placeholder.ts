/** ThumbHashes as pictures, each decoded once. */
import { thumbHashToDataURL } from 'thumbhash'
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'

const decoded = new Map<string, string>()
const MOST = 5000
const waiting = new Set<() => void>()

/** A blurred picture of about 32 by 32 pixels as an address; empty for what is no ThumbHash. */
export function placeholder(hash: string | null | undefined): string {
  if (!hash) return ''
  let address = decoded.get(hash)
  if (address === undefined) {
    try {
      address = thumbHashToDataURL(Uint8Array.from(atob(hash), (each) => each.charCodeAt(0)))
    } catch {
      address = ''
    }
    if (decoded.size >= MOST) decoded.clear()
    decoded.set(hash, address)
  }
  return address
}

/** The same for one of many, which are decoded in a task each: dozens at once hold up a frame. */
export function usePlaceholder(hash: () => string | null | undefined): ShallowRef<string> {
  const address = shallowRef('')
  const decode = (): void => {
    address.value = placeholder(hash())
  }
  watch(
    hash,
    (now) => {
      if (!now || decoded.has(now)) decode()
      else {
        address.value = ''
        if (!waiting.size) setTimeout(decodeNext)
        waiting.add(decode)
      }
    },
    { immediate: true },
  )
  onScopeDispose(() => waiting.delete(decode))
  return address
}

function decodeNext(): void {
  const [decode] = waiting
  if (!decode) return
  decode()
  waiting.delete(decode)
  if (waiting.size) setTimeout(decodeNext)
}
