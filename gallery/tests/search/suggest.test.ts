import { describe, expect, it } from 'vitest'
import { suggest } from '@/search/suggest'

const KNOWN = {
  labels: [
    { name: 'Cat', pictures: 1200 },
    { name: 'Polar Bear', pictures: 1 },
    ...Array.from({ length: 20 }, (_, at) => ({ name: `Zoo ${at}`, pictures: 1 })),
  ],
  cameras: [{ name: 'Canon R5', pictures: 2 }],
}
const NOW = new Date(2026, 10, 29)

function completions(text: string): string[] {
  return suggest(text, text.length, KNOWN, NOW).map(({ completion }) => completion)
}

describe('suggestions', () => {
  it('begin with what can be asked for', () => {
    const all = ['label:', '-label:', 'camera:', 'text:', 'after:', 'before:']
    expect(completions('')).toEqual(all)
    expect(completions('boat ')).toEqual(all)
  })

  it('are of names, labels and cameras that begin as what is typed', () => {
    expect(completions('ca')).toEqual(['camera:', 'label:Cat', 'camera:"Canon R5"'])
    expect(completions('boat bear')).toEqual(['label:"Polar Bear"'])
    expect(completions('-ca')).toEqual(['-label:Cat', '-camera:"Canon R5"'])
    expect(completions('unicorn')).toEqual([])
  })

  it('are of one kind after its name, and at most eight', () => {
    expect(completions('label:ca')).toEqual(['label:Cat'])
    expect(completions('-label:"polar b')).toEqual(['-label:"Polar Bear"'])
    expect(completions('camera:')).toEqual(['camera:"Canon R5"'])
    expect(completions('label:zoo')).toHaveLength(8)
    expect(completions('text:')).toEqual([])
  })

  it('do not propose what is there', () => {
    expect(completions('label:cat')).toEqual([])
    expect(completions('after:2026')).toEqual(['after:2026-11'])
  })

  it('have the months and years of today', () => {
    expect(completions('after:')).toEqual(['after:2026-11', 'after:2026', 'after:2025'])
    expect(completions('before:2025')).toEqual([])
    expect(completions('-after:')).toEqual([])
  })

  it('say how many pictures there are', () => {
    expect(suggest('cat', 3, KNOWN, NOW)).toEqual([
      { completion: 'label:Cat', hint: '1,200 pictures' },
    ])
  })
})
