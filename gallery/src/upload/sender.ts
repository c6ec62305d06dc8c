/** Requests to the store, with progress, which `fetch` does not report for what it sends. */
import type { Clock } from './clock'
import type { Signed } from './entry'
import { Fault, storeFault } from './faults'

export interface Response {
  status: number
  body: string
}

/** Sends one request; throws a `Fault` if nobody responded, and an `AbortError` after `signal`. */
export type Send = (
  request: Signed,
  body: Blob,
  progress: (bytes: number) => void,
  signal: AbortSignal,
) => Promise<Response>

export const send: Send = (request, body, progress, signal) =>
  new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    const abort = (): void => xhr.abort()
    xhr.open(request.method, request.url)
    for (const [name, value] of Object.entries(request.headers)) xhr.setRequestHeader(name, value)
    xhr.upload.onprogress = (event) => progress(event.loaded)
    xhr.onload = () => resolve({ status: xhr.status, body: xhr.responseText })
    xhr.onerror = () => reject(new Fault('network', 'again'))
    xhr.onabort = () => reject(new DOMException('aborted', 'AbortError'))
    xhr.onloadend = () => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort)
    if (signal.aborted) reject(new DOMException('aborted', 'AbortError'))
    else xhr.send(body)
  })

const STALL_MS = 60_000

/** Send, and give up when nothing moved for a minute, be it bytes or the response. Throws a
 * `Fault` for everything but a success. */
export async function sendWatched(
  send: Send,
  clock: Clock,
  request: Signed,
  body: Blob,
  progress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const stalled = new AbortController()
  const over = new AbortController()
  let moved = clock.now()
  async function watch(): Promise<void> {
    while (!over.signal.aborted) {
      const left = moved + STALL_MS - clock.now()
      if (left <= 0) return stalled.abort()
      await clock.wait(left, over.signal)
    }
  }
  void watch()
  try {
    const either = AbortSignal.any([signal, stalled.signal])
    const { status, body: answer } = await send(
      request,
      body,
      (bytes) => {
        moved = clock.now()
        progress(bytes)
      },
      either,
    )
    if (status < 200 || status >= 300) throw storeFault(status, answer)
  } catch (error) {
    if (stalled.signal.aborted && !signal.aborted) throw new Fault('stalled', 'again')
    throw error
  } finally {
    over.abort()
  }
}
