/** A message of the API, which begins small and ends without a full stop, as a sentence. */
export function sentence(message: string, end = '.'): string {
  if (!message) return ''
  return `${message[0]!.toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : end}`
}
