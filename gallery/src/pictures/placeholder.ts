/** ThumbHashes as pictures, each decoded once. */
import { thumbHashToDataURL } from 'thumbhash'

const decoded = new Map<string, string>()
const MOST = 5000

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
