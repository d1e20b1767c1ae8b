import { describe, expect, it } from 'vitest'
import { utf8Bytes } from '../../hub/names'
import { split } from './split'

describe('a text that is too long', () => {
  it('is split at lines, else at words, else anywhere', () => {
    expect(split('one two\nthree four\nfive', 12)).toEqual(['one two', 'three four', 'five'])
    expect(split('one two three four', 9)).toEqual(['one two', 'three', 'four'])
    expect(split('aaaaaaaaaa', 4)).toEqual(['aaaa', 'aaaa', 'aa'])
    expect(split('👋👋', 7)).toEqual(['👋', '👋'])
  })
  it('keeps the indent of a line', () => {
    expect(split('aaaaaaaa\n  bbbb', 9)).toEqual(['aaaaaaaa', '  bbbb'])
  })
  it('loses no letter and breaks none, whatever they weigh', () => {
    const text = 'Grüße 👋🏽 an 東京のみんな! '.repeat(300).trim()
    for (const max of [16, 50, 333, 4_096]) {
      const parts = split(text, max)
      expect(parts.every((part) => utf8Bytes(part) <= max && part.isWellFormed() && part !== '')).toBe(true)
      expect(parts.join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''))
    }
  })
  it('is left whole where it fits', () => {
    expect(split('one', 3)).toEqual(['one'])
    expect(split('  ', 3)).toEqual([])
  })
})
