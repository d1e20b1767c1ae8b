import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Listing } from './listing'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function listing(reached = () => true) {
  const asked: { ref: string; after: string | undefined }[] = []
  const list = new Listing<string>((ref, after) => {
    asked.push({ ref, after })
    return reached()
  })
  return { list, asked, last: () => asked.at(-1)?.ref }
}

describe('a list that is asked for', () => {
  it('is read page by page, shown when it is whole, and kept for a minute', () => {
    const { list, asked, last } = listing()
    list.want()
    list.want()
    expect(asked).toHaveLength(1)
    expect(list.onPage(last(), ['a', 'b'], 'b')).toBe(true)
    expect(list.all.get()).toBeUndefined()
    expect(asked[1]?.after).toBe('b')
    list.onPage(last(), ['c'], undefined)
    expect(list.all.get()).toEqual(['a', 'b', 'c'])
    vi.advanceTimersByTime(59_000)
    list.want()
    expect(asked).toHaveLength(2)
    vi.advanceTimersByTime(2_000)
    list.want()
    expect(asked).toHaveLength(3)
    expect(list.all.get(), 'still shown meanwhile').toEqual(['a', 'b', 'c'])
    list.onPage(last(), ['d'], undefined)
    expect(list.all.get()).toEqual(['d'])
  })

  it('knows its own answer, and asks again after a refusal, a change, silence and a lost connection', () => {
    let reached = true
    const { list, asked, last } = listing(() => reached)
    list.want()
    expect(list.onPage('another', ['x'], undefined)).toBe(false)
    list.onError(last())
    list.want()
    expect(asked).toHaveLength(2)
    vi.advanceTimersByTime(11_000)
    list.want()
    expect(asked).toHaveLength(3)
    list.onPage(last(), ['a'], undefined)
    list.outdated()
    list.want()
    expect(asked).toHaveLength(4)
    list.offline()
    reached = false
    list.want()
    reached = true
    list.want()
    expect(asked).toHaveLength(6)
    expect(list.all.get()).toEqual(['a'])
  })
})
