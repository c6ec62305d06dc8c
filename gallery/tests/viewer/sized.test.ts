import { describe, expect, it } from 'vitest'
import { nameOf, pixelsOf, stepsFor, type Choice } from '@/viewer/sized'

const OWN = { width: 4000, height: 3000 }

function choice(changed: Partial<Choice> = {}): Choice {
  return { width: 640, height: 640, fit: 'inside', focus: 'centre', format: '', ...changed }
}

describe('the address of a size', () => {
  it.each([
    [{}, '640'],
    [{ height: 480 }, '640x480'],
    [{ format: 'avif' }, '640.avif'],
    [{ format: 'jpeg' }, '640.jpg'],
    [{ fit: 'cover' }, '640,cover'],
    [{ height: 480, fit: 'cover', focus: 'salient', format: 'webp' }, '640x480,cover,salient.webp'],
  ] as const)('is the shortest that says %o', (changed, name) => {
    expect(nameOf(choice(changed))).toBe(name)
  })

  it('keeps nothing in view where nothing is cut off', () => {
    expect(nameOf(choice({ focus: 'faces' }))).toBe('640')
  })
})

describe('what an address shows', () => {
  it.each([
    [{}, 640, 480],
    [{ height: 320 }, 427, 320],
    [{ height: 320, fit: 'cover' }, 640, 320],
    [{ width: 5000, height: 5000 }, 4000, 3000],
    // As much of the shape as the picture has.
    [{ width: 3840, height: 3840, fit: 'cover' }, 3000, 3000],
    [{ width: 5000, height: 2500, fit: 'cover' }, 4000, 2000],
  ] as const)('with %o is %i × %i pixels', (changed, width, height) => {
    expect(pixelsOf(choice(changed), OWN)).toEqual({ width, height })
  })
})

describe('the steps to choose from', () => {
  it('end with the first that shows all of the picture', () => {
    expect(stepsFor([160, 640, 1280, 3840], { width: 600, height: 400 })).toEqual([160, 640])
    expect(stepsFor([160, 640, 1280, 3840], { width: 640, height: 640 })).toEqual([160, 640])
    expect(stepsFor([160, 640, 1280, 3840], OWN)).toEqual([160, 640, 1280, 3840])
  })

  it('are one at least', () => {
    expect(stepsFor([160, 640], { width: 20, height: 20 })).toEqual([160])
  })
})
