import { expect, it } from 'vitest'
import { findMentions, findNames, mentions } from './mentions'

const ada = { id: '01jd9z', name: 'Ada Holm' }

it.each([
  ['@Ada Holm, tea?', true],
  ['tea, @ada holm', true],
  ['(@ADA HOLM)', true],
  ['@01jd9z tea', true],
  ['@@Ada Holm', true],
  ['@nobody and @Ada Holm', true],
  ['@Ada', false],
  ['@Ada Holmes', false],
  ['mail@Ada Holm', false],
  ['Ada Holm', false],
  ['', false],
])('%s', (text, named) => {
  expect(mentions(text, ada)).toBe(named)
})

it('says where anybody is named', () => {
  const names = ['Ada', 'Ada Holm', 'tea bot']
  expect(findNames('@Ada Holm and @ada, @Tea bot; @nobody', names)).toEqual([{ from: 0, to: 9 }, { from: 14, to: 18 }, { from: 20, to: 28 }])
  expect(findNames('nobody', names)).toEqual([])
})

it('says where', () => {
  expect(findMentions('hi @Ada Holm, @ADA HOLM!', ada)).toEqual([{ from: 3, to: 12 }, { from: 14, to: 23 }])
})
