export interface Clock {
  /** Milliseconds since some moment. */
  now(): number
  /** Resolves after the time, or as soon as `signal` aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
}

export const clock: Clock = {
  now: () => Date.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done)
    }),
}
