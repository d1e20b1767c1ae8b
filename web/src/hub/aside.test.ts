import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isMessage } from './events'
import { Hub } from './hub'
import { memoryStorage } from './storage'
import { FakeHub } from './testing/fake-hub'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A room of so many messages, entered, with the newest page. */
function enter(count: number) {
  const server = new FakeHub()
  server.missedLimit = 1_000
  for (let i = 1; i <= count; i++) server.speak(`line ${i}`)
  const hub = new Hub({ storage: memoryStorage(), open: server.open })
  hub.enter('Ada')
  const room = hub.room('lobby')
  room.enter()
  const settle = () => {
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(50)
      server.deliverAll()
    }
  }
  settle()
  const seqs = () => room.view.get().events.map((event) => event.seq)
  return { server, hub, room, settle, seqs }
}

describe('reading elsewhere than at the present', () => {
  it('shows the page around a message, and grows until it meets the present', () => {
    const { server, room, settle, seqs } = enter(700)
    room.visit('m300')
    settle()
    expect(room.view.get()).toMatchObject({ aside: true, tip: 700, atStart: false })
    expect([seqs()[0], seqs().at(-1)]).toEqual([251, 350])
    server.speak('news')
    settle()
    expect(seqs().at(-1), 'what comes is not put behind it').toBe(350)
    expect(room.countAfter(700)).toBe(1)
    for (let i = 0; i < 5; i++) {
      room.loadNewer()
      settle()
    }
    expect(room.view.get().aside).toBe(false)
    expect([seqs()[0], seqs().at(-1), seqs().length]).toEqual([251, 701, 451])
  })

  it('needs no page for what is at hand, and tells of what is lost', () => {
    const { server, room, settle } = enter(100)
    const asked = () => server.received.filter((frame) => frame.type === 'room.history').length
    room.visit('m90')
    settle()
    expect(asked()).toBe(0)
    expect(room.view.get()).toMatchObject({ aside: false, lost: undefined })
    room.visit('m9999')
    settle()
    expect(room.view.get()).toMatchObject({ aside: false, lost: 'm9999' })
    room.present()
    expect(room.view.get().lost).toBeUndefined()
  })

  it('asks for a message when the room is joined, if it was gone to before', () => {
    const { server, hub, room, settle } = enter(700)
    server.cut()
    room.visit('m300')
    settle()
    expect(room.view.get().aside).toBe(true)
    hub.stop()
  })

  it('keeps a few thousand events, however far one scrolls, and all of them right', () => {
    const { server, room, settle, seqs } = enter(9_000)
    let most = 0
    const scroll = (load: () => void, at: () => number | undefined, until: number) => {
      for (let i = 0; i < 200 && at() !== until; i++) {
        load()
        settle()
        room.readingAt(at() ?? 0)
        most = Math.max(most, seqs().length)
      }
      expect(at()).toBe(until)
    }
    scroll(() => room.loadOlder(), () => seqs()[0], 1)
    server.act({ type: 'chat.edit_message', target: 'm5', text: 'not mine' }) // refused
    server.act({ type: 'chat.react', target: 'm5', emoji: '👍' })
    settle()
    expect(room.view.get().messages.find((message) => message.id === 'm5')).toMatchObject({ reactions: [{ emoji: '👍' }] })
    server.act({ type: 'chat.edit_message', target: 'm8000', text: 'edited out of sight' })
    scroll(() => room.loadNewer(), () => seqs().at(-1), server.log.head)
    expect(most, 'the part, and the present where they meet').toBeLessThan(4_200)
    const { events, messages } = room.view.get()
    expect(messages).toEqual(server.log.messages.slice(-messages.length))
    expect(seqs()).toEqual(events.map((_, i) => (seqs()[0] ?? 0) + i))
    expect(events.filter(isMessage).length).toBe(messages.length)
  })

  it('leaves the reader where they are when the present begins anew', () => {
    const { server, room, settle, seqs } = enter(700)
    room.loadOlder()
    settle()
    room.readingAt(600)
    server.cut()
    server.act({ type: 'chat.react', target: 'm600', emoji: '🎉' })
    for (let i = 0; i < 1_200; i++) server.speak(`meanwhile ${i}`)
    settle()
    expect(room.view.get()).toMatchObject({ aside: true, tip: 1_901 })
    expect(seqs()).toContain(600)
    expect(room.view.get().messages.find((message) => message.id === 'm600')).toMatchObject({ reactions: [{ emoji: '🎉' }] })
  })

  it('reads what is answered, once, and follows it', () => {
    const { server, room, settle } = enter(300)
    room.quote(['m10', 'm9999'])
    settle()
    room.quote(['m10', 'm9999'])
    settle()
    expect(server.received.filter((frame) => frame.type === 'room.history')).toHaveLength(2)
    const quotes = () => room.view.get().quotes
    expect(quotes().get('m10')).toMatchObject({ text: 'line 10' })
    expect(quotes().has('m9999')).toBe(true)
    expect(quotes().get('m9999')).toBeUndefined()
    server.act({ type: 'chat.delete_message', target: 'm10' })
    settle()
    expect(quotes().get('m10')).toMatchObject({ deleted: true })
  })

  it.each(['quoted', 'gone to'])('shows a message that is %s with what was done while it was read, though that comes first', (how) => {
    const { server, room } = enter(300)
    if (how === 'quoted') room.quote(['m10'])
    else room.visit('m10')
    server.act({ type: 'chat.react', target: 'm10', emoji: '👍' })
    server.deliver(1) // the reaction
    server.deliver(0) // the page, as it was before
    const { messages, quotes } = room.view.get()
    expect(how === 'quoted' ? quotes.get('m10') : messages.find((message) => message.id === 'm10')).toMatchObject({ reactions: [{ emoji: '👍' }] })
  })
})
