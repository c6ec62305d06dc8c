import { ref } from 'vue'
import { ExpiredError, type Session } from '@/session/session'

/** A session that never ends. */
export const SESSION: Session = {
  email: 'ann@example.org',
  state: ref('signed-in'),
  token: async () => 'token',
  renew: async () => 'token',
  expire: () => new ExpiredError('expired'),
  signInAgain: async () => undefined,
  signOut: async () => undefined,
}
