import { describe, expect, it } from 'vitest'
import {
  bounded,
  fitted,
  mostScale,
  ownScale,
  partAt,
  pixels,
  swiped,
  WHOLE,
  zoomed,
} from '@/viewer/zoom'

const STAGE = { width: 1000, height: 800 }
const PICTURE = { width: 4000, height: 2000 }
const FIT = { width: 1000, height: 500 }
const CENTRE = { x: 0, y: 0 }

describe('a picture in its stage', () => {
  it('is seen whole', () => {
    expect(fitted(PICTURE, STAGE)).toEqual(FIT)
    expect(fitted({ width: 500, height: 4000 }, STAGE)).toEqual({ width: 100, height: 800 })
  })

  it('is not enlarged to fill it', () => {
    expect(fitted({ width: 128, height: 64 }, STAGE)).toEqual({ width: 128, height: 64 })
  })

  it('can be zoomed to twice its own pixels, or fourfold if it is small', () => {
    expect(ownScale(PICTURE, FIT)).toBe(4)
    expect(mostScale(PICTURE, FIT)).toBe(8)
    expect(mostScale({ width: 128, height: 64 }, { width: 128, height: 64 })).toBe(4)
  })
})

describe('zooming', () => {
  it('keeps what is under the pointer where it is', () => {
    const at = { x: 200, y: 100 }
    const before = partAt(at, WHOLE, FIT)
    const view = zoomed(WHOLE, 3, at, FIT, STAGE, 8)
    expect(view).toEqual({ scale: 3, x: -400, y: -200 })
    expect(partAt(at, view, FIT)).toEqual(before)
  })

  it('never goes below the whole picture nor beyond the most', () => {
    expect(zoomed(WHOLE, 0.1, CENTRE, FIT, STAGE, 8)).toEqual(WHOLE)
    expect(zoomed(WHOLE, 100, CENTRE, FIT, STAGE, 8).scale).toBe(8)
  })

  it('returns to the middle with the whole picture', () => {
    const view = zoomed(WHOLE, 4, { x: 400, y: 200 }, FIT, STAGE, 8)
    expect(zoomed(view, 0.01, CENTRE, FIT, STAGE, 8)).toEqual(WHOLE)
  })
})

describe('panning', () => {
  it('leaves no gap at a side that the picture reaches', () => {
    expect(bounded({ scale: 2, x: 9999, y: -9999 }, FIT, STAGE, 8)).toEqual({
      scale: 2,
      x: 500,
      y: -100,
    })
  })

  it('does not move a picture across a side that it does not reach', () => {
    expect(bounded({ scale: 1.2, x: 0, y: 50 }, FIT, STAGE, 8)).toEqual({ scale: 1.2, x: 0, y: 0 })
  })
})

describe('a point of the picture', () => {
  it('is in fractions from its top left, and never outside', () => {
    expect(partAt({ x: -500, y: -250 }, WHOLE, FIT)).toEqual({ x: 0, y: 0 })
    expect(partAt({ x: 250, y: 0 }, WHOLE, FIT)).toEqual({ x: 0.75, y: 0.5 })
    expect(partAt({ x: 600, y: 300 }, WHOLE, FIT)).toEqual({ x: 1, y: 1 })
  })

  it('takes the screen’s pixels into account', () => {
    expect(pixels({ scale: 1.5, x: 0, y: 0 }, FIT, 2)).toBe(3000)
  })
})

describe('a finger that is lifted', () => {
  const still = { x: 0, y: 0 }

  it('shows a neighbour if it went far or fast', () => {
    expect(swiped({ x: -300, y: 10 }, still, STAGE)).toBe('after')
    expect(swiped({ x: 60, y: 0 }, { x: 0.8, y: 0 }, STAGE)).toBe('before')
  })

  it('stays if it went neither, or turned back', () => {
    expect(swiped({ x: -100, y: 0 }, still, STAGE)).toBe('stay')
    expect(swiped({ x: -100, y: 0 }, { x: 0.8, y: 0 }, STAGE)).toBe('stay')
  })

  it('closes downwards alone', () => {
    expect(swiped({ x: 10, y: 300 }, still, STAGE)).toBe('close')
    expect(swiped({ x: 10, y: -300 }, { x: 0, y: -2 }, STAGE)).toBe('stay')
  })
})
