import { expect, it } from 'vitest'
import { ago } from './ago'

it.each([
  [0, 'just now'], [-5, 'just now'], [9, 'just now'], [10, '10 s ago'], [59, '59 s ago'], [60, '1 min ago'], [3_599, '59 min ago'],
  [3_600, '1 h ago'], [86_399, '23 h ago'], [86_400, 'a day ago'], [172_800, '2 days ago'],
])('says %i s as “%s”', (seconds, words) => {
  expect(ago(1_000_000_000, 1_000_000_000 + seconds * 1000)).toBe(words)
})
