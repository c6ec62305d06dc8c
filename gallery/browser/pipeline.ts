/** Pictures that are there before a flow begins, uploaded as a machine client would. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { expect } from '@playwright/test'
import type { Schemas } from '../src/api/client'
import type { File, Person } from './stack'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const tokens = new Map<Person, string>()

function token(person: Person): string {
  let known = tokens.get(person)
  if (!known) {
    known = execFileSync('python', ['-m', 'local', 'token', person], {
      cwd: ROOT,
      encoding: 'utf-8',
    })
    tokens.set(person, known.trim())
  }
  return known.trim()
}

export async function call<T>(
  person: Person,
  path: string,
  body?: unknown,
  { method = body ? 'POST' : 'GET', headers = {} }: Pick<RequestInit, 'method' | 'headers'> = {},
): Promise<T> {
  const response = await fetch(`${process.env.PAGE}${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${token(person)}`,
      'Content-Type': 'application/json',
      ...headers,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  const text = await response.text()
  return (text ? JSON.parse(text) : undefined) as T
}

/** Upload the files and wait until each has the state; returns their ids. */
export async function uploaded(
  person: Person,
  files: File[],
  state: Schemas['State']['status'] = 'ready',
): Promise<string[]> {
  const { uploads } = await call<Schemas['Uploads']>(person, '/api/uploads', {
    files: files.map(({ name, mimeType, buffer }) => ({
      name,
      type: mimeType,
      bytes: buffer.length,
      sha256: createHash('sha256').update(buffer).digest('hex'),
    })),
  })
  for (const [at, { url, method, headers }] of uploads.entries()) {
    const body = new Uint8Array(files[at]!.buffer)
    const sent = await fetch(url!, { method: method!, headers: headers!, body })
    if (!sent.ok) throw new Error(await sent.text())
  }
  const ids = uploads.map(({ id }) => id!)
  await expect
    .poll(
      async () => {
        const path = `/api/status?ids=${ids.join(',')}`
        const { pictures } = await call<Schemas['States']>(person, path)
        return pictures.map(({ status }) => status)
      },
      { timeout: 60_000 },
    )
    .toEqual(ids.map(() => state))
  return ids
}
