import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { parseFrame } from './parse'

// Written by a Go test from the hub's own encoder, so that the two sides can't drift.
const path = new URL('./testdata/frames.json', import.meta.url)
const golden = v.parse(
  v.pipe(v.array(v.object({ name: v.string(), frame: v.looseObject({ type: v.string() }) })), v.minLength(1)),
  JSON.parse(readFileSync(path, 'utf8')),
)

describe('golden frames', () => {
  it.each(golden.map(({ name, frame }) => [name, frame] as const))('%s', (_, frame) => {
    const parsed = parseFrame(JSON.stringify(frame))
    expect(parsed, 'no schema takes it').toBeDefined()
    expect(parsed).toMatchObject({ type: frame.type })
    expect(parsed, 'taken only as some logged event').not.toHaveProperty('other')
    for (const event of eventsOf(frame)) {
      const taken = eventsOf(parsed).find((e) => e.seq === event.seq)
      expect(taken, 'an event in it was not taken').toMatchObject({ type: event.type })
      expect(taken, 'taken only as some logged event').not.toHaveProperty('other')
    }
  })

  it('ignores what it does not know', () => {
    expect(parseFrame('{"type":"chat.waved","room":"lobby"}')).toBeUndefined()
    expect(parseFrame('not json')).toBeUndefined()
    expect(parseFrame('{"type":"poll.opened","room":"lobby","seq":7,"title":"Tea?"}')).toEqual({
      type: 'poll.opened', room: 'lobby', seq: 7, other: true,
    })
  })
})

const withEvents = v.object({ events: v.optional(v.array(v.looseObject({ seq: v.number(), type: v.string() })), []) })

function eventsOf(frame: unknown) {
  const parsed = v.safeParse(withEvents, frame)
  return parsed.success ? parsed.output.events : []
}
