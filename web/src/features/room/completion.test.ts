import { describe, expect, it } from 'vitest'
import { commandBegun, isWhole, replacement, suggest, wordAt, type Nameable } from './completion'

const bot = { id: 'b', name: 'Dice', kind: 'bot' as const, via: 'bot' }
const dice = { command: '/dice', usage: '/dice [sides]', about: 'Throws a die.', bot }
const ping = { command: '/ping', usage: '/ping', bot }
const person = (name: string): Nameable => ({ id: name, name, kind: 'person', here: true })
const sources = { commands: [dice, ping], people: [person('Ada Holm'), person('Adam'), person('Grace')], emojis: [['🎉', 'tada party'], ['👍', '+1 thumbs up']] as const }

/** The caret is at the bar. */
const at = (marked: string) => wordAt(marked.replace('|', ''), marked.indexOf('|'))
const offered = (marked: string) => {
  const word = at(marked)
  return word === undefined ? undefined : suggest(word, sources).map((one) => replacement(one).trimEnd())
}

const whole = (marked: string) => {
  const word = at(marked)
  const first = word && suggest(word, sources)[0]
  return word && first && isWhole(word, first)
}

describe('the word at the caret', () => {
  it.each([
    ['/|', { kind: 'command', typed: '', from: 0, to: 1 }],
    ['/di|ce 6', { kind: 'command', typed: 'di', from: 0, to: 5 }],
    ['hi @|', { kind: 'person', typed: '', from: 3, to: 4 }],
    ['hi @gr|ace!', { kind: 'person', typed: 'gr', from: 3, to: 10 }],
    ['@Ada H|', { kind: 'person', typed: 'Ada H', from: 0, to: 6 }],
    ['(@a|', { kind: 'person', typed: 'a', from: 1, to: 3 }],
    ['well :ta|', { kind: 'emoji', typed: 'ta', from: 5, to: 8 }],
  ])('%s', (marked, word) => expect(at(marked)).toEqual(word))

  it.each(['|', 'say /dice|', '/dice |', 'a@b|', 'ada_@b|', '@Ada |', '@a b c|', 'at 10:30|', ':t|', 'http://|'])('is none in %s', (marked) => {
    expect(at(marked)).toBeUndefined()
  })
})

describe('what is offered', () => {
  it('is what fits, the best first', () => {
    expect(offered('/|')).toEqual(['/dice', '/ping'])
    expect(offered('/p|')).toEqual(['/ping'])
    expect(offered('@ada|')).toEqual(['@Adam', '@Ada Holm'])
    expect(offered('@holm|')).toEqual(['@Ada Holm'])
    expect(offered(':thumbs|')).toEqual(['👍'])
    expect(offered(':+1|')).toEqual(['👍'])
  })
  it('is nothing where a sentence goes on after a name', () => {
    expect(offered('@Ada ho|')).toEqual(['@Ada Holm'])
    expect(offered('@Ada lm|')).toEqual([]) // its letters are in the name, but no name begins so
  })
  it('is not in the way of Enter when it is written out', () => {
    expect(whole('/dice|')).toBe(true)
    expect(whole('/dic|')).toBe(false)
    expect(whole('@grace|')).toBe(true)
    expect(whole('@gra|')).toBe(false)
  })
})

it('knows the command that is begun', () => {
  expect(commandBegun('/dice ', sources.commands)).toBe(dice)
  expect(commandBegun('/dice', sources.commands)).toBeUndefined()
  expect(commandBegun('/nothing 1', sources.commands)).toBeUndefined()
})
