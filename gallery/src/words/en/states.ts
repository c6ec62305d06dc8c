import type { Status } from '@/api/client'

/** The pipeline's states in a person's words. */
export const states: Record<Status | 'awaited', { name: string; why: string }> = {
  awaited: { name: 'On its way', why: 'The picture has not arrived yet.' },
  received: { name: 'Received', why: 'The picture has arrived and waits for its turn.' },
  processing: { name: 'Being looked at', why: 'It is being analysed and rendered.' },
  ready: { name: 'Ready', why: 'The picture can be shown.' },
  held: { name: 'Waiting for a person', why: 'A reviewer decides whether it may be shown.' },
  rejected: { name: 'Not shown', why: 'The picture must not be shown.' },
  failed: { name: 'Could not be read', why: 'Nothing could be made of the file.' },
  deleted: { name: 'In the trash', why: 'The picture was deleted.' },
}
