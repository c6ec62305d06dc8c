import type { Picture } from '@/api/client'

/** A ready picture of which nothing else is known. */
export function picture(known: Partial<Picture> = {}): Picture {
  return {
    id: '0'.repeat(32),
    revision: 4,
    name: 'a.jpg',
    status: 'ready',
    date: '2026-01-01T10:00:00',
    uploaded_at: '2026-01-01T10:00:00.000+00:00',
    type: 'image/jpeg',
    bytes: 5_000_000,
    width: 4000,
    height: 3000,
    placeholder: null,
    alt_text: null,
    alt_by: null,
    focus: null,
    renditions: {},
    labels: [],
    faces: [],
    text: [],
    celebrities: [],
    colors: [],
    measured: null,
    score: null,
    score_by: null,
    exif: null,
    reasons: [],
    verdict: null,
    failure: null,
    timeline: [],
    costs: null,
    manages: true,
    ...known,
  }
}
