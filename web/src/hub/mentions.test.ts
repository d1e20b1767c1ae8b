import { expect, it } from 'vitest'
import { mentions } from './mentions'

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
