import { expect, it } from 'vitest'
import { findMentions, mentions } from './mentions'

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

it('says where', () => {
  expect(findMentions('hi @Ada Holm, @ADA HOLM!', ada)).toEqual([{ from: 3, to: 12 }, { from: 14, to: 23 }])
})
