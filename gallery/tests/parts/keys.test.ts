import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { defineComponent, h } from 'vue'
import { active, press, printed, useKeys, type Key } from '@/parts/keys'

const pressed: string[] = []
const key = (name: string, label: string, result?: unknown): Key => ({
  keys: [name],
  label,
  run() {
    pressed.push(label)
    return result
  },
})

function layer(keys: Key[], modal = false) {
  return mount(
    defineComponent(() => {
      useKeys(keys, { modal })
      return () => h('div')
    }),
  )
}

function type(name: string, on: HTMLElement = document.body, init: KeyboardEventInit = {}) {
  const event = new KeyboardEvent('keydown', {
    key: name,
    cancelable: true,
    bubbles: true,
    ...init,
  })
  on.dispatchEvent(event)
  return event
}

beforeEach(() => {
  pressed.length = 0
  document.addEventListener('keydown', press)
})
afterEach(() => {
  document.removeEventListener('keydown', press)
  document.body.replaceChildren()
})

it('goes to the topmost layer that takes it', () => {
  const under = layer([key('r', 'under'), key('a', 'all')])
  const over = layer([key('r', 'over'), key('a', 'not me', false)])
  expect(type('r').defaultPrevented).toBe(true)
  type('a')
  over.unmount()
  type('r')
  under.unmount()
  expect(type('r').defaultPrevented).toBe(false)
  expect(pressed).toEqual(['over', 'not me', 'all', 'under'])
})

it('does not reach below a modal layer, nor does the list show what lies there', () => {
  const under = layer([key('r', 'under')])
  const over = layer([key('x', 'over')], true)
  type('r')
  expect(active.value.map(({ label }) => label)).toEqual(['over'])
  over.unmount()
  under.unmount()
  expect(pressed).toEqual([])
})

it('leaves alone who types and who uses the browser’s own keys', () => {
  const mounted = layer([key('r', 'run')])
  const field = document.body.appendChild(document.createElement('input'))
  type('r', field)
  type('r', document.body, { ctrlKey: true })
  type('r', document.body, { isComposing: true })
  mounted.unmount()
  expect(pressed).toEqual([])
})

it('leaves space and enter to the button that has the focus', () => {
  const mounted = layer([key(' ', 'space')])
  const button = document.body.appendChild(document.createElement('button'))
  type(' ', button)
  type(' ')
  mounted.unmount()
  expect(pressed).toEqual(['space'])
})

it('has names as printed on a keyboard', () => {
  expect(['ArrowLeft', 'i', ' ', 'Home'].map(printed)).toEqual(['←', 'I', 'Space', 'Home'])
})
