// @vitest-environment node
import { expect, it } from 'vitest'
import { isLitter, nameOf, refusalOf, typeOf } from '@/upload/files'

it.each([
  ['a.jpg', '', 'image/jpeg'],
  ['IMG_1.HEIC', '', 'image/heic'],
  ['a.avif', '', 'image/avif'],
  ['a.tif', 'image/tiff', 'image/tiff'],
  ['a.jpg', 'application/x-photo', 'image/jpeg'],
  ['a.svg', 'image/svg+xml', 'image/svg+xml'],
  ['a', 'image/vnd.adobe.photoshop', 'image/vnd.adobe.photoshop'],
  ['a.cr2', '', 'image/x-unknown'],
  ['a', '', 'image/x-unknown'],
  ['.jpg', '', 'image/x-unknown'],
  ['a.xyz', 'image/"odd"', 'image/x-unknown'],
])('%s, which the browser calls "%s", is sent as %s', (name, type, sent) => {
  expect(typeOf({ name, type })).toBe(sent)
})

it.each([
  ['ü ö 💥 ..jpg', 'ü ö 💥 ..jpg'],
  ['👩‍🚀.png', '👩‍🚀.png'],
  ['a\u202egnp.jpg', 'agnp.jpg'],
  ['a/b\u0000.jpg', 'a_b.jpg'],
  ['\ud800.jpg', '.jpg'],
  ['..', 'picture'],
  ['\u200b', 'picture'],
])('%o is sent under the name %o', (name, sent) => {
  expect(nameOf(name)).toBe(sent)
})

it('a long name keeps its extension', () => {
  const sent = nameOf(`${'💥'.repeat(300)}.jpeg`)
  expect([...sent].length).toBe(200)
  expect(sent.endsWith('💥.jpeg')).toBe(true)
  expect([...nameOf('x'.repeat(300))].length).toBe(200)
})

it.each([
  ['a.jpg', 0, 'image/jpeg', { cause: 'empty' }],
  ['a.txt', 5, 'text/plain', { cause: 'not_a_picture', detail: 'text/plain' }],
  ['a.mp4', 5, 'video/mp4', { cause: 'not_a_picture', detail: 'video/mp4' }],
  ['a.jpg', 80_000_000_001, '', { cause: 'too_big', detail: '80000000000' }],
  ['a.jpg', 5, 'text/plain', undefined],
  ['a.cr2', 5, '', undefined],
])('%s of %i bytes and type "%s" is refused: %o', (name, size, type, reason) => {
  expect(refusalOf({ name, size, type } as File)).toEqual(reason)
})

it.each([
  ['.DS_Store', true],
  ['Thumbs.db', true],
  ['desktop.ini', true],
  ['._a.jpg', true],
  ['a.jpg', false],
])('%s is left by a system: %s', (name, litter) => {
  expect(isLitter(name)).toBe(litter)
})
