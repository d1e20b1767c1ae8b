import { describe, expect, it } from 'vitest'
import { fits, ranked } from './fuzzy'

describe('fuzzy', () => {
  it('takes the start before the start of a word, that before the middle, that before scattered letters', () => {
    const all = ['basement', 'c-o-l-d', 'old-cold', 'scolding', 'cold-store']
    expect(ranked('cold', all, (text) => text, 9)).toEqual(['cold-store', 'old-cold', 'scolding', 'c-o-l-d'])
  })
  it('takes the shorter of those that begin with it, and no letters out of order', () => {
    expect(ranked('lob', ['lobby-two', 'lobby'], (text) => text, 9)).toEqual(['lobby', 'lobby-two'])
    expect(fits('ba', 'ab')).toBeUndefined()
  })
  it('does not mind case, and keeps the order where nothing is typed', () => {
    expect(fits('ADA', 'ada holm')).toBeDefined()
    expect(ranked('', ['b', 'a', 'c'], (text) => text, 2)).toEqual(['b', 'a'])
  })
})
