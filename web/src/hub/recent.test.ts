import { expect, it } from 'vitest'
import { RecentEmojis } from './recent'
import { memoryStorage } from './storage'

it('has the emojis used last first, each once, then the usual ones', () => {
  const storage = memoryStorage()
  const recent = new RecentEmojis(storage, 3)
  expect(recent.with(['👍', '🎉', '👀', '✅'])).toEqual(['👍', '🎉', '👀'])
  for (const emoji of ['🫖', '🎉', '🫖']) recent.use(emoji)
  expect(new RecentEmojis(storage, 3).with(['👍', '🎉', '👀'])).toEqual(['🫖', '🎉', '👍'])
  for (const emoji of ['1', '2', '3', '4']) recent.use(emoji)
  expect(recent.with(['👍'])).toEqual(['4', '3', '2'])
  storage.set('hubbub.emojis', 'not ours')
  expect(recent.with(['👍'])).toEqual(['👍'])
})
