import { describe, expect, it } from 'vitest'
import { measure } from './measure'

describe('the size of a message', () => {
  it('is in bytes of UTF-8, to the last one', () => {
    expect(measure('a'.repeat(100), 100)).toEqual({ over: 0, left: 0 })
    expect(measure('é'.repeat(50), 100)).toEqual({ over: 0, left: 0 })
    expect(measure(`${'é'.repeat(50)}a`, 100)).toEqual({ over: 1, left: undefined })
    expect(measure('👋'.repeat(26), 100)).toEqual({ over: 4, left: undefined })
  })
  it('is told when there is little room left', () => {
    expect(measure('a'.repeat(90), 100)).toEqual({ over: 0, left: undefined })
    expect(measure('a'.repeat(91), 100)).toEqual({ over: 0, left: 9 })
  })
})
