import { mount, type VueWrapper } from '@vue/test-utils'
import { expect, it } from 'vitest'
import type { Row } from '@/api/client'
import { HERE } from '@/here'
import PictureTile from '@/pictures/PictureTile.vue'
import { CONFIG } from '../config'

const ROW: Row = {
  id: 'a',
  name: 'a.jpg',
  status: 'ready',
  date: '2026-05-01T00:00:00',
  labels: ['Boat'],
}

function tile(why?: string): VueWrapper {
  return mount(PictureTile, {
    props: {
      row: ROW,
      why,
      tile: { left: 100, top: 50, width: 160, height: 120 },
      selected: false,
      selecting: false,
      current: false,
    },
    global: { provide: { [HERE as symbol]: { config: CONFIG } } },
  })
}

it('a tile is described by why it was found, over its picture or under it', () => {
  const view = tile('Label Boat')
  const why = view.get('.why')
  expect(why.text()).toBe('Label Boat')
  expect(view.get('a').attributes('aria-describedby')).toBe(why.attributes('id'))
  expect(why.attributes('style')).toBe(view.get('.tile').attributes('style'))
})

it('a tile of a list has no description', () => {
  const view = tile()
  expect(view.find('.why').exists()).toBe(false)
  expect(view.get('a').attributes()).not.toHaveProperty('aria-describedby')
})
