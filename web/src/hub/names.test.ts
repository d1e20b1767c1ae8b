import { describe, expect, it } from 'vitest'
import { backoff } from './backoff'
import { displayNameProblem, roomNameProblem, utf8Bytes } from './names'
import { newRef } from './ref'

describe('names and limits', () => {
  it.each(['lobby', '0', 'cold-store', 'a.b_c', 'x'.repeat(64)])('takes the room name %s', (name) => {
    expect(roomNameProblem(name)).toBeUndefined()
  })
  it.each(['', '-a', '.a', 'Lobby', 'a b', 'å', 'a/b', 'x'.repeat(65), 'dm.a.b'])('refuses the room name %j', (name) => {
    expect(roomNameProblem(name)).toBeTypeOf('string')
  })
  it('counts the characters of a display name, not its units', () => {
    expect(displayNameProblem('👩‍🔧 Ada')).toBeUndefined()
    expect(displayNameProblem('👍'.repeat(64))).toBeUndefined()
    expect(displayNameProblem('a'.repeat(65))).toBeDefined()
    expect(displayNameProblem('   ')).toBeDefined()
    expect(displayNameProblem('a\u0007')).toBeDefined()
  })
  it('makes refs that fit and differ', () => {
    const refs = new Set(Array.from({ length: 1000 }, newRef))
    expect(refs.size).toBe(1000)
    for (const ref of refs) expect(utf8Bytes(ref)).toBeLessThanOrEqual(64)
  })
  it('backs off from 0.2 s to 10 s', () => {
    expect(backoff(0, () => 1)).toBe(200)
    expect(backoff(3, () => 1)).toBe(1600)
    expect(backoff(50, () => 1)).toBe(10_000)
    expect(backoff(50, () => 0)).toBe(5_000)
  })
})
