import { describe, expect, it } from 'vitest'
import type { Author } from '../../hub/events'
import { listedIn } from './listed'

const user = (id: string, kind: Author['kind'] = 'guest', name = id): Author => ({ id, name, kind, via: 'websocket' })
const at = (minute: number) => `2026-11-22T12:${String(minute).padStart(2, '0')}:00.000Z`
const ada = user('ada')
const bob = user('bob')
const kettle = user('kettle', 'device')
const lamp = user('lamp', 'device')
const dice = user('dice', 'bot')
const names = (groups: ReturnType<typeof listedIn>) => groups.map(({ title, listed }) => [title, ...listed.map((l) => (l.here ? l.user.name : `(${l.user.name})`))])

describe('who is here', () => {
  it('is by kind, oneself first, the others by name', () => {
    const users = [bob, dice, user('zoe'), user('al'), kettle]
    expect(names(listedIn({ count: 5, users, gone: [] }, [], 'zoe'))).toEqual([['People', 'zoe', 'al', 'bob'], ['Devices', 'kettle'], ['Bots', 'dice']])
  })
  it('tells when they last spoke', () => {
    const messages = [{ from: dice, at: at(1) }, { from: dice, at: at(3) }]
    expect(listedIn({ count: 1, users: [dice], gone: [] }, messages, 'ada')[0]?.listed[0]?.at).toBe(Date.parse(at(3)))
  })
  it('goes on with devices that spoke and are not here, and with who left, the latest first', () => {
    const messages = [{ from: kettle, at: at(1) }, { from: lamp, at: at(2) }, { from: bob, at: at(3) }, { from: kettle, at: at(4) }]
    const presence = { count: 1, users: [ada, kettle], gone: [{ user: user('cy'), at: Date.parse(at(9)) }] }
    expect(names(listedIn(presence, messages, 'ada'))).toEqual([['People', 'ada', '(cy)'], ['Devices', 'kettle', '(lamp)']])
  })
  it('knows of nobody in a room too full to list, but those who are gone', () => {
    expect(listedIn({ count: 300, users: undefined, gone: [] }, [{ from: bob, at: at(1) }], 'ada')).toEqual([])
  })
})
