import { describe, expect, it } from 'vitest'
import { isMessage, type Logged, type Message } from '../../hub/events'
import type { RoomView } from '../../hub/room'
import { toRows } from './rows'

const noon = new Date(2026, 10, 22, 12).getTime()
const ada = { id: 'a', name: 'Ada', kind: 'guest' as const }

function said(seq: number, minutes: number, from: Partial<Message['from']> = {}): Message {
  const at = new Date(noon + minutes * 60_000).toISOString()
  return { type: 'chat.received_message', room: 'lobby', id: `m${seq}`, seq, at, from: { ...ada, via: 'websocket', ...from }, text: 'x' }
}

function rowsOf(events: RoomView['events'], rest: Partial<Parameters<typeof toRows>[0]> = {}) {
  return toRows({ events, messages: events.filter(isMessage), quotes: new Map(), pending: [], echoes: new Map(), newAfter: undefined, atStart: false, ...rest }, ada)
}

const shape = (...args: Parameters<typeof rowsOf>) =>
  rowsOf(...args).map((row) => ('head' in row ? (row.head ? 'head' : 'next') : row.type))

describe('rows', () => {
  it('groups one sender within five minutes', () => {
    expect(shape([said(1, 0), said(2, 4), said(3, 9), said(4, 15)])).toEqual(['day', 'head', 'next', 'next', 'head'])
  })
  it('never groups across senders or kinds', () => {
    expect(shape([said(1, 0), said(2, 0, { id: 'b' }), said(3, 0, { id: 'b', kind: 'bot' })])).toEqual(['day', 'head', 'head', 'head'])
  })
  it('divides days and begins a group after', () => {
    expect(shape([said(1, 719), said(2, 721)])).toEqual(['day', 'head', 'day', 'head'])
  })
  it('passes over logged events that it does not show', () => {
    const reacted: Logged = { type: 'chat.reacted', room: 'lobby', seq: 2, other: true }
    expect(shape([said(1, 0), reacted, said(3, 1)])).toEqual(['day', 'head', 'next'])
  })
  it('puts a line before what is new, where others said it', () => {
    const bob = { id: 'b' }
    expect(shape([said(1, 0, bob), said(2, 0), said(3, 0, bob)], { newAfter: 1 })).toEqual(['day', 'head', 'head', 'new', 'head'])
    expect(shape([said(5, 0, bob), said(6, 0, bob)], { newAfter: 4 })).toEqual(['day', 'new', 'head', 'next'])
    expect(shape([said(5, 0, bob)], { newAfter: 2 }), 'its place is further up').toEqual(['day', 'head'])
    expect(shape([said(5, 0, bob)], { newAfter: 2, atStart: true }), 'what was before it is gone').toEqual(['day', 'new', 'head'])
    expect(shape([said(1, 0, bob), said(2, 0)], { newAfter: 1 }), 'only one’s own').toEqual(['day', 'head', 'head'])
  })
  it('tells of a gap', () => {
    expect(shape([said(1, 0), { type: 'room.gap', room: 'lobby', after: 1, seq: 3 }, said(4, 0)])).toEqual(['day', 'head', 'gap', 'head'])
  })
  it('shows messages as they stand', () => {
    const events = [said(1, 0), said(2, 0)]
    const rows = rowsOf(events, { messages: [said(1, 0), { ...said(2, 0), text: 'edited', edited: 3 }] })
    expect(rows.at(-1)).toMatchObject({ event: { text: 'edited' } })
  })
  it('quotes what a message answers, when that is at hand', () => {
    const question = said(1, 0)
    const rows = rowsOf([question, { ...said(2, 1), reply_to: 'm1' }, { ...said(3, 2), reply_to: 'm0' }])
    expect(rows.map((row) => (row.type === 'message' ? row.quoted : undefined))).toEqual([undefined, undefined, question, undefined])
  })
  it('keeps the key of an own message when its event comes', () => {
    const pending = { ref: 'r1', room: 'lobby', text: 'x', at: noon, by: 'a' }
    expect(rowsOf([], { pending: [pending] }).at(-1)?.key).toBe('r1')
    expect(rowsOf([said(1, 0)], { echoes: new Map([[1, 'r1']]) }).at(-1)?.key).toBe('r1')
  })
})
