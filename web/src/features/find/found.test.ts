import { describe, expect, it } from 'vitest'
import { find, wordOf, type Sources } from './found'

const bot = { id: 'bot:dice', name: 'Dice', kind: 'bot' as const, via: 'bot' }
const sources: Sources = {
  own: ['lobby', 'cold-store'],
  rooms: ['attic', 'cold-store', 'lobby'],
  people: [{ id: 'u1', name: 'Grace Lindqvist', kind: 'person' }, { id: 'u2', name: 'Tom Bakke', kind: 'person' }],
  commands: [{ command: '/dice', usage: '/dice [sides]', bot }],
  actions: [{ id: 'keys', does: 'Keys: all shortcuts, help', show: ['?'], run: () => {} }],
}
const words = (typed: string) => find(typed, sources).map(({ title, found }) => [title, ...found.map(wordOf)])

describe('finding', () => {
  it('offers everything while nothing is typed, one’s own rooms first', () => {
    expect(words('')).toEqual([
      ['Rooms', 'lobby', 'cold-store', 'attic'],
      ['People, devices and bots', 'Grace Lindqvist', 'Tom Bakke'],
      ['What bots answer to', '/dice'],
      ['Commands', 'Keys: all shortcuts, help'],
    ])
  })
  it('puts the best fit first, of whatever kind', () => {
    expect(words('grace')[0]).toEqual(['People, devices and bots', 'Grace Lindqvist'])
    expect(words('cs')[0]).toEqual(['Rooms', 'cold-store', 'cs'])
    expect(words('keys')[0]).toEqual(['Commands', 'Keys: all shortcuts, help'])
  })
  it('offers to make a room that is not there, last', () => {
    expect(find('Garden', sources)).toEqual([{ title: 'Rooms', found: [{ type: 'make', name: 'garden' }] }])
    expect(words('lobby')).toEqual([['Rooms', 'lobby']])
    expect(words('no room!')).toEqual([])
    expect(words('dm.a')).toEqual([])
  })
  it('is told the kind by a sign', () => {
    expect(words('#l').map(([title]) => title)).toEqual(['Rooms'])
    expect(words('@tom')).toEqual([['People, devices and bots', 'Tom Bakke']])
    expect(words('/d')).toEqual([['What bots answer to', '/dice']])
  })
})
