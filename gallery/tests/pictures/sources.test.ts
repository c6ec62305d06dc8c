import { describe, expect, it } from 'vitest'
import type { Row } from '@/api/client'
import { sizeFor, type Config } from '@/config'
import { sourcesOf } from '@/pictures/sources'
import { CONFIG, SIZED } from '../config'

const OWN = 4000

function laddered(...steps: number[]): Config {
  return { ...SIZED, onDemand: { ...SIZED.onDemand!, steps } }
}

describe('the size that shows so many pixels', () => {
  it('was made ahead if it is about as large', () => {
    expect(sizeFor(SIZED, 334, OWN)).toBe('small')
    expect(sizeFor(SIZED, 500, OWN)).toBe('small')
    // Nobody sees that 588 were wanted.
    expect(sizeFor(SIZED, 588, OWN)).toBe('small')
    expect(sizeFor(SIZED, 1067, OWN)).toBe('large')
  })

  it('is the next step of the ladder if everything else is much larger or smaller', () => {
    expect(sizeFor(SIZED, 200, OWN)).toBe('240')
    expect(sizeFor(SIZED, 300, OWN)).toBe('320')
    expect(sizeFor(SIZED, 600, OWN)).toBe('640')
    expect(sizeFor(SIZED, 2000, OWN)).toBe('2560')
  })

  it('is never a step that is larger than what is there', () => {
    expect(sizeFor(laddered(3840), 700, OWN)).toBe('large')
    expect(sizeFor(laddered(320), 700, OWN)).toBe('large')
  })

  it('is the largest step beyond the ladder, if that shows more', () => {
    expect(sizeFor(SIZED, 9000, 10_000)).toBe('3840')
    expect(sizeFor(laddered(640), 9000, 10_000)).toBe('large')
  })

  it('is never larger than the picture', () => {
    // All that is larger than the picture shows its own 450 pixels.
    expect(sizeFor(SIZED, 900, 450)).toBe('small')
    expect(sizeFor(SIZED, 2000, 1700)).toBe('large')
    expect(sizeFor(SIZED, 3000, 2500)).toBe('2560')
  })

  it('is always made ahead where nothing is made on demand', () => {
    expect(sizeFor(CONFIG, 200, OWN)).toBe('small')
    expect(sizeFor(CONFIG, 600, OWN)).toBe('large')
    expect(sizeFor(laddered(), 600, OWN)).toBe('large')
  })
})

describe('what a tile loads', () => {
  const row: Row = {
    id: '0'.repeat(32),
    name: 'a.jpg',
    status: 'ready',
    date: '2026-01-01',
    labels: [],
    width: 4000,
    height: 3000,
    address: '/i/0/c/',
  }

  it('is chosen by the browser for its screen, with what was made ahead to fall back on', () => {
    expect(devicePixelRatio).toBe(1)
    expect(sourcesOf(SIZED, row, 120)).toEqual({
      src: '/i/0/c/small',
      srcset: '/i/0/c/160, /i/0/c/240 2x',
    })
    expect(sourcesOf(SIZED, row, 330)).toEqual({
      src: '/i/0/c/small',
      srcset: '/i/0/c/small, /i/0/c/960 2x',
    })
  })

  it('is one file if it does for all screens', () => {
    expect(sourcesOf(SIZED, { ...row, width: 400, height: 300 }, 360)).toEqual({
      src: '/i/0/c/small',
    })
  })

  it.each(['received', 'processing', 'held', 'rejected', 'failed'] as const)(
    'was made ahead of what is %s, as nothing is made of it on demand',
    (status) => {
      expect(sourcesOf(SIZED, { ...row, status }, 120)).toEqual({ src: '/i/0/c/small' })
    },
  )

  it('is nothing where nothing was made', () => {
    expect(sourcesOf(SIZED, { ...row, address: null }, 120)).toBeUndefined()
  })
})
