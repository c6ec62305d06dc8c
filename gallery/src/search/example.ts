/** A picture to search by: made small in the browser, and kept as long as its tab. */

const SIDE = 512
/** Letters of base 64 that the API takes. */
const MOST = 240_000
const QUALITIES = [0.85, 0.7, 0.5, 0.3]
const KEY = 'example:'

/** Neither this browser nor anything else here can read the file as a picture. */
export class UnreadableError extends Error {}

/** Keep the picture as a small JPEG; returns the name it has in the address. */
export async function keep(file: Blob): Promise<string> {
  const jpeg = await shrunk(file)
  const name = crypto.randomUUID().slice(0, 8)
  try {
    sessionStorage.setItem(KEY + name, jpeg)
  } catch {
    // Full of earlier ones.
    for (const each of Object.keys(sessionStorage))
      if (each.startsWith(KEY)) sessionStorage.removeItem(each)
    sessionStorage.setItem(KEY + name, jpeg)
  }
  return name
}

/** The JPEG in base 64; null if it was chosen in another tab. */
export function kept(name: string): string | null {
  return sessionStorage.getItem(KEY + name)
}

async function shrunk(file: Blob): Promise<string> {
  let bitmap
  try {
    bitmap = await createImageBitmap(file)
  } catch {
    throw new UnreadableError()
  }
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  const context = canvas.getContext('2d')!
  // A JPEG has no transparency.
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  for (const quality of QUALITIES) {
    const jpeg = canvas.toDataURL('image/jpeg', quality).replace(/^[^,]*,/, '')
    if (jpeg.length <= MOST) return jpeg
  }
  throw new UnreadableError()
}
