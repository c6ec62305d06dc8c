import { describe, expect, it } from 'vitest'
import { completed, partsOf, said, typedAt, without, written } from '@/search/query'

function told(text: string): string[] {
  return partsOf(text).map(({ name, value, excluded }) => `${excluded ? '-' : ''}${name}|${value}`)
}

describe('the parts of a query', () => {
  // As tests/containers/pipeline/test_query.py has them.
  it.each([
    ['', []],
    ['  a red   boat ', ['|a', '|red', '|boat']],
    ['boat label:Beach', ['|boat', 'label|Beach']],
    ['label:"polar bear"', ['label|polar bear']],
    ['-label:person', ['-label|person']],
    ['text:"no entry" -text:exit', ['text|no entry', '-text|exit']],
    ['after:2026-05 before:2027', ['after|2026-05', 'before|2027']],
    ['after:', ['|after:']],
    ['"No Entry" sign', ['|No Entry', '|sign']],
    ['\u201cNo Entry\u201d', ['|No Entry']],
    ['LABEL:cat', ['label|cat']],
    ['label:', ['|label:']],
    ['label:""', ['|label:""']],
    ['lable:cat -dog 16:9', ['|lable:cat', '|-dog', '|16:9']],
    ['- -after:2026', ['|-', '|-after:2026']],
  ])('of %j are told apart', (text, parts) => {
    expect(told(text)).toEqual(parts)
  })

  it('can be taken out one by one', () => {
    const text = 'a boat  label:"polar bear" -label:cat'
    const [, , bear, cat] = partsOf(text)
    expect(without(text, bear!)).toBe('a boat -label:cat')
    expect(without(text, cat!)).toBe('a boat label:"polar bear"')
  })

  it('are said in words', () => {
    const text = 'label:cat -camera:X100V text:"no entry" after:2026-05 before:2027'
    expect(partsOf(text).map(said)).toEqual([
      'cat',
      'not camera X100V',
      'text “no entry”',
      'from 2026-05',
      'before 2027',
    ])
  })
})

describe('what is typed', () => {
  it.each([
    ['boat lab', 8, { from: 5, typed: 'lab' }],
    ['boat lab', 2, { from: 0, typed: 'bo' }],
    ['boat ', 5, { from: 5, typed: '' }],
    ['label:"polar be', 15, { from: 0, typed: 'label:"polar be' }],
    ['label:"polar bear" x', 20, { from: 19, typed: 'x' }],
  ])('of %j at %i goes back to a space in no quotes', (text, caret, expected) => {
    expect(typedAt(text, caret)).toEqual(expected)
  })

  it('is replaced up to the next space, and the caret follows it', () => {
    expect(completed('boat lab', 8, 'label:')).toEqual({ text: 'boat label:', caret: 11 })
    expect(completed('boat lab', 8, 'label:Cat')).toEqual({ text: 'boat label:Cat ', caret: 15 })
    expect(completed('lax boat', 2, 'label:Cat')).toEqual({ text: 'label:Cat boat', caret: 10 })
  })

  it('needs quotes only for several words', () => {
    expect(written('label', 'Cat')).toBe('label:Cat')
    expect(written('camera', 'Canon R5', true)).toBe('-camera:"Canon R5"')
  })
})
