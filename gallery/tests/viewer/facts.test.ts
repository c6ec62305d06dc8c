import { describe, expect, it } from 'vitest'
import { exposure, facts, place, typeName } from '@/viewer/facts'
import { picture } from './picture'

describe('an exposure', () => {
  it('reads as photographers write it', () => {
    expect(
      exposure({ seconds: 0.004, f_number: 2.8, iso: 100, focal_length_mm: 50, bias_ev: -0.7 }),
    ).toBe('1/250 s, f/2.8, ISO 100, 50 mm, −0.7 EV')
    expect(exposure({ seconds: 2.5, flash: true })).toBe('2.5 s, flash')
  })
})

describe('a place', () => {
  it('is in degrees of its hemisphere', () => {
    expect(place({ latitude: 47.37690001, longitude: 8.5417, altitude_m: 408.2 })).toBe(
      '47.3769° N, 8.5417° E, 408 m',
    )
    expect(place({ latitude: -33.8568, longitude: -70.1 })).toBe('33.8568° S, 70.1000° W')
  })
})

describe('what is known', () => {
  it('leaves out what is not', () => {
    const names = facts(picture({ width: null })).map(([name]) => name)
    expect(names).toEqual(['Uploaded', 'File'])
  })

  it('has the picture’s size in pixels', () => {
    expect(Object.fromEntries(facts(picture())).Size).toBe('4000 × 3000 (12 MP)')
    expect(Object.fromEntries(facts(picture({ width: 40, height: 30 }))).Size).toBe('40 × 30')
  })

  it('names the format', () => {
    expect(['image/jpeg', 'image/x-canon-cr2', 'image/svg+xml', null].map(typeName)).toEqual([
      'JPEG',
      'CANON-CR2',
      'SVG',
      '',
    ])
  })
})
