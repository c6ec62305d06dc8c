import { describe, expect, it } from 'vitest'
import type { Row } from '@/api/client'
import { renditionFor } from '@/config'
import { addressOf, detail, longest, renditionOf, shapeOf } from '@/viewer/sources'
import { CONFIG, SIZED } from '../config'
import { picture } from './picture'

function files(name: string, width: number, height: number) {
  const address = `/i/0/c/${name}`
  return {
    avif: { address: `${address}.avif`, width, height },
    jpeg: { address: `${address}.jpg`, width, height },
  }
}

const RENDERED = picture({
  renditions: {
    enhanced: files('enhanced', 1600, 1200),
    large: files('large', 1600, 1200),
    small: files('small', 500, 375),
    thumbnail: files('thumbnail', 128, 128),
  },
})

describe('the rendition for a size', () => {
  it('is the smallest that is enough, else the largest', () => {
    expect(renditionFor(CONFIG, 300)).toBe('small')
    expect(renditionFor(CONFIG, 501)).toBe('large')
  })

  it('is the first of the recipe among equals, also beyond the largest', () => {
    expect(renditionFor(CONFIG, 1600)).toBe('large')
    expect(renditionFor(CONFIG, 5000)).toBe('large')
  })

  it('is one that the picture has', () => {
    const earlier = picture({
      renditions: { tiny: files('tiny', 90, 60), big: files('big', 900, 600) },
    })
    expect(renditionOf(CONFIG, RENDERED, 400)).toBe('small')
    expect(renditionOf(CONFIG, earlier, 400)).toBe('big')
    expect(renditionOf(CONFIG, picture(), 400)).toBeUndefined()
  })
})

describe('sizes on demand', () => {
  it('show what no rendition does', () => {
    expect(renditionOf(SIZED, RENDERED, 450)).toBe('small')
    expect(renditionOf(SIZED, RENDERED, 800)).toBe('960')
    expect(renditionOf(SIZED, RENDERED, 3000)).toBe('3840')
  })

  it('are never asked for of what is not ready, nor beside renditions of an earlier recipe', () => {
    expect(renditionOf(SIZED, { ...RENDERED, status: 'held' }, 3000)).toBe('large')
    const earlier = picture({ renditions: { big: files('big', 900, 600) } })
    expect(renditionOf(SIZED, earlier, 3000)).toBe('big')
  })

  it('come before the original, which is larger than all of them', () => {
    expect(detail(SIZED, RENDERED, 3840)).toBe('enough')
    expect(detail(SIZED, RENDERED, 3841)).toBe('original')
    expect(detail(SIZED, { ...RENDERED, width: 3000, height: 2000 }, 6000)).toBe('enough')
    expect(detail(SIZED, { ...RENDERED, status: 'held' }, 3000)).toBe('original')
  })
})

describe('the files of a picture', () => {
  it('lie under one address', () => {
    expect(addressOf(RENDERED)).toBe('/i/0/c/')
    expect(addressOf(picture())).toBeUndefined()
  })

  it('have their own size', () => {
    expect(longest(RENDERED, 'small')).toBe(500)
    expect(longest(RENDERED, 'none')).toBe(0)
  })
})

describe('detail beyond the renditions', () => {
  it('comes from the original, once more pixels are covered than the largest has', () => {
    expect(detail(CONFIG, RENDERED, 1600)).toBe('enough')
    expect(detail(CONFIG, RENDERED, 1601)).toBe('original')
  })

  it('does not exist if the largest rendition has the original’s size', () => {
    expect(detail(CONFIG, { ...RENDERED, width: 1600, height: 1200 }, 3000)).toBe('enough')
  })

  it('cannot be shown of formats that browsers do not know, nor of very large files', () => {
    expect(detail(CONFIG, { ...RENDERED, type: 'image/heic' }, 3000)).toBe('unshowable')
    expect(detail(CONFIG, { ...RENDERED, bytes: 80e9 }, 3000)).toBe('too_large')
  })

  it('is for those alone who may download', () => {
    expect(detail(CONFIG, { ...RENDERED, manages: false }, 3000)).toBe('enough')
  })
})

describe('the size of a picture', () => {
  const row: Row = {
    id: '0'.repeat(32),
    name: 'a.jpg',
    status: 'ready',
    date: '2026-01-01',
    labels: [],
    width: 40,
    height: 30,
    placeholder: 'abc',
  }

  it('is known from the grid before the picture is', () => {
    expect(shapeOf(undefined, row)).toEqual({ width: 40, height: 30, placeholder: 'abc' })
    expect(shapeOf(picture({ width: null, height: null }), row)?.width).toBe(40)
    expect(shapeOf(RENDERED, row)?.width).toBe(4000)
    expect(shapeOf(undefined, undefined)).toBeUndefined()
  })
})
