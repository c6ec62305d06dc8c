import { say } from '@/parts/toasts'
import { words } from '@/words'

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    say(words.viewer.copied)
  } catch {
    say(words.viewer.notCopied)
  }
}
